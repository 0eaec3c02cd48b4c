import Model
import TestSupport

@testable import Replica

/// Slots, bookings and mentorships.
extension Doer {
    /// Some meetings are soon; most are far enough ahead that everybody has synced before. All are at
    /// few times of the day, so they get in each other's way.
    func addSlot(_ seed: inout Seed) throws -> Bool {
        // Laptops are away for weeks: most slots of the next days have begun when somebody asks for one.
        let quarters =
            seed.oneIn(3)
            ? 1 + seed.below(4) : seed.oneIn(3) ? 4 + seed.below(8) : 12 + seed.below(240)
        let start =
            (simulation.time / 21_600_000 + Int64(quarters)) * 21_600_000
            + Int64(seed.below(3)) * 1_800_000
        let offers = try replica.read { try $0.records(of: Schema.offer) }
            .filter { $0.scope == .slots(of: member) }.map(\.id).sorted()
        let offer = offers.isEmpty || seed.oneIn(2) ? nil : seed.pick(offers)
        let values: [FieldID: Value] = [
            Fields.Slot.offer: offer.map { .reference($0) } ?? .null,
            Fields.Slot.start: .integer(start),
            Fields.Slot.minutes: .integer(Int64([30, 60, 90][seed.below(3)])),
            Fields.Slot.capacity: .integer(Int64(1 + seed.below(2))),
            Fields.Slot.instant: .boolean(seed.oneIn(2)),
        ]
        return try create(
            Schema.slot, in: .slots(of: member),
            values.merging(slotTerms(start: start, &seed)) { $1 })
    }

    /// Some slots have a window, some want notice, some take time around them.
    private func slotTerms(start: Int64, _ seed: inout Seed) -> [FieldID: Value] {
        var terms: [FieldID: Value] = [:]
        if seed.oneIn(4) { terms[Fields.Slot.bufferBefore] = .integer(30) }
        if seed.oneIn(4) { terms[Fields.Slot.bufferAfter] = .integer(15) }
        if seed.oneIn(6) { terms[Fields.Slot.notice] = .integer(Int64(60 * seed.below(24) + 60)) }
        if seed.oneIn(4) {
            terms[Fields.Slot.dayMax] = .integer(Int64(1 + seed.below(2)))
            let day = 10 + start / 86_400_000 % 18
            terms[Fields.Slot.day] = .text("2027-01-\(day)")
        }
        if seed.oneIn(4) {
            let before = Int64(1 + seed.below(48)) * 3_600_000
            terms[Fields.Slot.decideAt] = .integer(start - before)
            terms[Fields.Slot.order] = .integer(seed.pick(RequestOrder.allCases).rawValue)
        }
        return terms
    }

    /// Asks for a slot of one's own on loan, or gives back one that this laptop has.
    func lendSlot(_ seed: inout Seed) throws -> Bool {
        let slots = try replica.read { try $0.records(of: Schema.slot) }
            .filter { $0.scope == .slots(of: member) }.sorted { $0.id < $1.id }
        guard !slots.isEmpty else { return false }
        let own = laptop.device.column
        let held = slots.filter { $0.integer(Fields.Slot.holder) == own }
        if let slot = held.first, seed.oneIn(3) {
            return try set(Fields.Slot.lendTo, of: slot, Schema.slot, to: .null)
        }
        let ahead = slots.filter {
            $0.integer(Fields.Slot.start) ?? 0 > simulation.time
                && $0.integer(Fields.Slot.decideAt) == nil
        }
        let slot = seed.pick(ahead.isEmpty || seed.oneIn(6) ? slots : ahead)
        simulation.lentSlots.insert(slot.id)
        return try set(Fields.Slot.lendTo, of: slot, Schema.slot, to: .integer(own))
    }

    /// Something of one's own in the hours in which meetings are, or the end of it.
    func addEvent(_ seed: inout Seed) throws -> Bool {
        if seed.oneIn(4) { return try end(Schema.personalEvent, restores: false, &seed) }
        let start = (simulation.time / 21_600_000 + Int64(1 + seed.below(10))) * 21_600_000
        let scope = Scope.own(member)
        return try create(
            Schema.personalEvent, in: scope,
            [
                Fields.PersonalEvent.title: text(in: scope, &seed),
                Fields.PersonalEvent.start: .integer(start),
                Fields.PersonalEvent.end: .integer(start + 3_600_000),
                Fields.PersonalEvent.details: longText(in: scope, &seed),
            ])
    }

    func withdrawSlot(_ seed: inout Seed) throws -> Bool {
        guard let slot = try any(Schema.slot, &seed) else { return false }
        return try set(Fields.Slot.withdrawn, of: slot, Schema.slot, to: .boolean(true))
    }

    /// Asks for a slot; a mentor for one of their participants.
    func book(_ seed: inout Seed) throws -> Bool {
        guard let slot = try anySlot(&seed), let mentor = slot.scope.mentor else { return false }
        let slots = try replica.read { try $0.records(of: Schema.slot) }
            .filter { $0.scope == slot.scope && $0.id != slot.id }.sorted { $0.id < $1.id }
        let alternates = slots.isEmpty || seed.oneIn(2) ? [] : [seed.pick(slots)]
        let participant =
            laptop.role == .participant ? member : seed.pick(simulation.participants).member
        let scope = Scope.pair(mentor: mentor, participant: participant)
        if seed.oneIn(6) {
            let from = simulation.time + Int64(seed.below(24)) * 3_600_000
            return try create(
                Schema.booking, in: scope,
                [
                    Fields.Booking.from: .integer(from),
                    Fields.Booking.until: .integer(from + Int64(24 + seed.below(72)) * 3_600_000),
                    Fields.Booking.note: longText(in: scope, &seed),
                ])
        }
        return try create(
            Schema.booking, in: scope,
            [
                Fields.Booking.slot: .reference(slot.id),
                Fields.Booking.alternates: .list(alternates.map { .reference($0.id) }),
                Fields.Booking.note: longText(in: scope, &seed),
                Fields.Booking.waits: .boolean(seed.oneIn(2)),
            ])
    }

    private static let topics = ["Joinery", "joinery ", "Swimming"]

    func addOffer(_ seed: inout Seed) throws -> Bool {
        if seed.oneIn(4) { return try end(Schema.offer, restores: false, &seed) }
        let scope = Scope.slots(of: member)
        return try create(
            Schema.offer, in: scope,
            [
                Fields.Offer.topic: .text(seed.pick(Self.topics)),
                Fields.Offer.minutes: .integer(30),
                Fields.Offer.details: longText(in: scope, &seed),
            ])
    }

    /// Asks any mentor, or takes such a request back. What it says the hub copies into another
    /// scope, so it says nothing of its own.
    func askAnyone(_ seed: inout Seed) throws -> Bool {
        if seed.oneIn(4), let request = try any(Schema.openRequest, &seed) {
            return try set(
                Fields.OpenRequest.cancelled, of: request, Schema.openRequest,
                to: .boolean(true))
        }
        let from = simulation.time + Int64(seed.below(24)) * 3_600_000
        return try create(
            Schema.openRequest, in: .own(member),
            [
                Fields.OpenRequest.topic: .text(seed.pick(Self.topics)),
                Fields.OpenRequest.from: .integer(from),
                Fields.OpenRequest.until: .integer(from + Int64(24 + seed.below(72)) * 3_600_000),
            ])
    }

    /// One of the slots, mostly of those that have not begun.
    private func anySlot(_ seed: inout Seed) throws -> StoredRecord? {
        let all = try replica.read { try $0.records(of: Schema.slot) }.sorted { $0.id < $1.id }
        let ahead = all.filter { $0.integer(Fields.Slot.start) ?? 0 > simulation.time }
        let choice = ahead.isEmpty || seed.oneIn(6) ? all : ahead
        return choice.isEmpty ? nil : seed.pick(choice)
    }

    func actOnBooking(_ seed: inout Seed) throws -> Bool {
        guard let booking = try anyBooking(&seed) else { return false }
        let holds = try replica.read { try $0.records(of: Schema.slot) }
            .contains { $0.integer(Fields.Slot.holder) == laptop.device.column }
        let isAsked = booking.scope.mentor == member
        let kind =
            holds && seed.oneIn(2)
            ? .grant : isAsked && seed.oneIn(3) ? .approve : seed.pick(BookingActKind.allCases)
        return try act(kind, on: booking, &seed)
    }

    /// Proposes another of the mentor's slots, or answers a proposal if there is one.
    func moveBooking(_ seed: inout Seed) throws -> Bool {
        guard let booking = try anyBooking(&seed) else { return false }
        if !seed.oneIn(3), let proposed = try proposedBooking(&seed) {
            return try act(seed.pick([.acceptMove, .acceptMove, .refuseMove]), on: proposed, &seed)
        }
        let isAnswered = try proposal(for: booking, &seed) != nil && !seed.oneIn(4)
        let kind: BookingActKind =
            isAnswered ? seed.pick([.acceptMove, .acceptMove, .refuseMove]) : .move
        return try act(kind, on: booking, &seed)
    }

    /// A booking of which somebody else proposes another slot, as far as is known here.
    private func proposedBooking(_ seed: inout Seed) throws -> StoredRecord? {
        let open = try replica.read { try $0.records(of: Schema.booking) }
            .sorted { $0.id < $1.id }.filter { try openProposal(for: $0) != nil }
        return open.isEmpty ? nil : seed.pick(open)
    }

    private func act(
        _ kind: BookingActKind, on booking: StoredRecord, _ seed: inout Seed
    ) throws -> Bool {
        var values: [FieldID: Value] = [
            Fields.BookingAct.booking: .reference(booking.id),
            Fields.BookingAct.kind: .integer(kind.rawValue),
            Fields.BookingAct.text: longText(in: booking.scope, &seed),
        ]
        if kind == .move, let mentor = booking.scope.mentor {
            let slots = try replica.read { try $0.records(of: Schema.slot) }
                .filter { $0.scope == .slots(of: mentor) }.sorted { $0.id < $1.id }
            guard !slots.isEmpty else { return false }
            let current = try replica.read { try $0.outlook(of: booking)?.slot }
            let ahead = slots.filter {
                $0.integer(Fields.Slot.start) ?? 0 > simulation.time && $0.id != current
            }
            values[Fields.BookingAct.slot] = .reference(
                seed.pick(ahead.isEmpty ? slots : ahead).id)
        } else if kind == .grant, let mentor = booking.scope.mentor {
            let slots = try replica.read { try $0.records(of: Schema.slot) }
                .filter { $0.scope == .slots(of: mentor) }.sorted { $0.id < $1.id }
            let held = slots.filter {
                $0.integer(Fields.Slot.holder) == laptop.device.column
            }
            guard !slots.isEmpty, !held.isEmpty || seed.oneIn(4) else { return false }
            values[Fields.BookingAct.slot] = .reference(seed.pick(held.isEmpty ? slots : held).id)
        } else if kind.isAboutMoves {
            guard let proposal = try proposal(for: booking, &seed) else { return false }
            values[Fields.BookingAct.move] = .reference(proposal)
        }
        return try create(Schema.bookingAct, in: booking.scope, values)
    }

    /// What somebody else proposes for a booking and nobody has answered, as far as is known here.
    private func openProposal(for booking: StoredRecord) throws -> RecordID? {
        try replica.read { try $0.outlook(of: booking)?.move }.flatMap { move in
            move.isOpen && move.author != member ? move.act : nil
        }
    }

    /// One of the proposals to move a booking, mostly one that is open as far as is known here.
    private func proposal(for booking: StoredRecord, _ seed: inout Seed) throws -> RecordID? {
        if let open = try openProposal(for: booking), !seed.oneIn(6) { return open }
        let all = try replica.read { try $0.records(of: Schema.bookingAct) }
            .filter {
                $0.actKind == .move && $0.reference(Fields.BookingAct.booking) == booking.id
            }.map(\.id).sorted()
        return all.isEmpty ? nil : seed.pick(all)
    }

    /// One of the bookings, mostly of those that have a seat as far as is known here, and whose slot
    /// has not begun.
    private func anyBooking(_ seed: inout Seed) throws -> StoredRecord? {
        let all = try replica.read { try $0.records(of: Schema.booking) }.sorted { $0.id < $1.id }
        let seated = try all.filter { booking in
            let outlook = try replica.read { try $0.outlook(of: booking) }
            return outlook?.ruled?.takesSeat ?? false && outlook?.start ?? 0 > simulation.time
        }
        let choice = seated.isEmpty || seed.oneIn(4) ? all : seated
        return choice.isEmpty ? nil : seed.pick(choice)
    }

    func giveFeedback(_ seed: inout Seed) throws -> Bool {
        guard let booking = try any(Schema.booking, &seed) else { return false }
        return try create(
            Schema.feedback, in: booking.scope,
            [
                Fields.Feedback.booking: .reference(booking.id),
                Fields.Feedback.rating: .integer(Int64(1 + seed.below(5))),
                Fields.Feedback.comment: longText(in: booking.scope, &seed),
            ])
    }

    func beginMentorship(_ seed: inout Seed) throws -> Bool {
        let mentor = seed.pick(simulation.mentors).member
        let participant = seed.pick(simulation.participants).member
        return try create(
            Schema.mentorship, in: .pair(mentor: mentor, participant: participant),
            [
                Fields.Mentorship.mentor: .member(mentor),
                Fields.Mentorship.participant: .member(participant),
            ])
    }

    func endMentorship(_ seed: inout Seed) throws -> Bool {
        guard let mentorship = try any(Schema.mentorship, &seed) else { return false }
        return try set(
            Fields.Mentorship.ended, of: mentorship, Schema.mentorship, to: .boolean(true))
    }

    func setStage(_ seed: inout Seed) throws -> Bool {
        guard let mentorship = try any(Schema.mentorship, &seed) else { return false }
        return try set(
            Fields.Mentorship.stage, of: mentorship, Schema.mentorship,
            to: .text("stage\(seed.below(4))"))
    }
}
