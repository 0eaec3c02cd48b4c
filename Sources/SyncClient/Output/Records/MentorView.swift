import Model
import Replica

/// A mentor whom one could ask, as `mentor search` shows them.
struct MentorView {
    let person: Person
    let offers: [OfferView]
    /// The next time that can be booked; of a day, where one was asked for.
    let next: SlotView?

    /// All active mentors; `freeWithin` says in which stretch of time a free slot is looked for.
    static func all(
        in reader: ReplicaReader, clock: StartClock, freeWithin: Range<Int64>? = nil
    ) throws -> [MentorView] {
        let offers = Dictionary(
            grouping: try OfferView.of(try reader.records(of: Schema.offer), in: reader),
            by: \.mentor)
        let slots = try reader.records(
            of: Schema.slot,
            where: [.atLeast(Fields.Slot.start, .integer(freeWithin?.lowerBound ?? clock.now))],
            orderedBy: Fields.Slot.start)
        let byMentor = Dictionary(
            grouping: slots.map { SlotView($0, now: clock.now) }, by: \.mentor)
        return try reader.people().filter { $0.role == .mentor && $0.state == .active }
            .map { person in
                let free = SlotView.bookable(byMentor[person.id] ?? [], clock)
                return MentorView(
                    person: person,
                    offers: (offers[person.id] ?? []).sorted { $0.topic < $1.topic },
                    next: free.first { freeWithin?.contains($0.start) ?? true })
            }
    }

    /// Whether there is an offer of a topic that costs no more; where none is made, and no topic is
    /// asked for, an hour.
    func offers(_ topic: String?, atMost limit: Money?) -> Bool {
        guard topic != nil || limit != nil else { return true }
        func isWithin(_ price: Money?) -> Bool {
            guard let price, let limit else { return true }
            return price.currency == limit.currency && price.amount <= limit.amount
        }
        guard !offers.isEmpty || topic != nil else { return isWithin(person.hourlyRate) }
        return offers.contains { offer in
            isWithin(offer.price)
                && (topic.map { Topics.key(of: offer.topic).mentions(Topics.key(of: $0)) } ?? true)
        }
    }

    /// What the cheapest of their offers costs, or where there is none, an hour; nil where nothing is
    /// asked. Amounts of two currencies cannot be compared: the first by its code counts.
    private var price: Money? {
        guard !offers.isEmpty else { return person.hourlyRate }
        let prices = offers.compactMap(\.price)
        guard prices.count == offers.count else { return nil }
        return prices.min { ($0.currency, $0.amount) < ($1.currency, $1.amount) }
    }

    /// What sorts the best first; ties go by sessions, then by name. By price each currency has a
    /// part of its own, after those who ask nothing.
    func rank(by order: MentorSearch.Order) -> (String, Double, Int64, String, MemberID) {
        let first: Double =
            switch order {
            case .rating: -(person.rating ?? 0)
            case .sessions: -Double(person.sessions)
            case .next: Double(next?.start ?? .max)
            case .price: Double(price?.amount ?? 0)
            case .name: 0
            }
        return (
            order == .price ? price?.currency ?? "" : "", first,
            order == .name ? 0 : -person.sessions, person.displayName.lowercased(), person.id
        )
    }

    var json: JSONValue {
        person.profileJSON.adding([
            "offers": .array(offers.map(\.json)),
            "nextFree": next.map {
                [
                    "slot": .string($0.record.id.text), "start": .time($0.start),
                    "end": .time($0.end),
                ]
            } ?? .null,
        ])
    }

    static func table(_ mentors: [MentorView], _ presentation: Presentation) -> TextTable {
        var table = TextTable([
            "ID", "NAME", "RATING", TextTable.Column("SESSIONS", .trailing), "OFFERS", "NEXT FREE",
        ])
        for mentor in mentors {
            let topics = mentor.offers.map { offer in
                offer.price.map { "\(offer.topic) (\($0.text))" } ?? offer.topic
            }
            table.add([
                "\(mentor.person.id.shortText, .faint)", "\(mentor.person.displayName)",
                "\(mentor.person.ratingText)", "\(mentor.person.sessions)",
                "\((topics.isEmpty ? mentor.person.expertise : topics).joined(separator: ", "))",
                "\(mentor.next.map { presentation.time.string($0.start) } ?? "")",
            ])
        }
        return table
    }
}
