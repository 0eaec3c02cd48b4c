import Model
import Replica

/// Requests to any mentor who meets people about a topic: the hub makes a booking of each, with the
/// mentor who has time first.
extension Referee {
    /// Rules on a request, unless it has been ruled on. One that is cancelled stands as it is, and
    /// what had come of it is cancelled, too.
    mutating func rule(onOpenRequest request: RecordID, in scope: Scope) throws {
        guard let participant = scope.owner,
            let values = try ledger.facts.values(
                of: request, entity: Schema.openRequest.id, in: scope)
        else { return }
        guard !(values[Fields.OpenRequest.cancelled]?.isTrue ?? false) else {
            _ = try store.markRuled(request)
            return try cancelBookings(of: request)
        }
        guard try store.markRuled(request) else { return }
        let booking = try ledger.newRecordID()
        let choices = try precedent(for: booking, of: request, values) ?? openings(for: values)
        for (time, mentor) in choices {
            let attempt = try take(
                time.slot, for: booking, mentor: mentor, participant: participant,
                by: Asker(isMentor: false))
            guard case .taken(_, let isInstant) = attempt else { continue }
            return try book(
                time, with: mentor, for: participant, as: booking, isInstant: isInstant,
                request, values)
        }
        let change = ledger.setting(
            Fields.OpenRequest.reason, of: request, Schema.openRequest,
            to: .integer(VerdictReason.nobodyFree.rawValue))
        sets.append(Ledger.HubChangeSet([(scope, [change])]))
    }

    /// The texts of a booking, each with the field of the request from which the hub copies it.
    static let copiedTexts = [
        (Fields.Booking.topic, Fields.OpenRequest.topic),
        (Fields.Booking.note, Fields.OpenRequest.note),
    ]

    /// Writes the booking and the verdict on it, as if the participant had asked for this slot.
    private mutating func book(
        _ time: HubStore.SlotTime, with mentor: MemberID, for participant: MemberID,
        as booking: RecordID, isInstant: Bool, _ request: RecordID, _ values: FieldValues
    ) throws {
        let scope = Scope.pair(mentor: mentor, participant: participant)
        var copied: [FieldID: Value] = [
            Fields.Booking.slot: .reference(time.slot),
            Fields.Booking.openRequest: .reference(request),
        ]
        for (field, source) in Self.copiedTexts { copied[field] = values[source] }
        sets.append(
            Ledger.HubChangeSet([(scope, ledger.creation(of: Schema.booking, booking, copied))]))
        _ = try store.markRuled(booking)
        let status = HubStore.BookingStatus(
            booking: booking, scope: scope,
            state: BookingMachine.granted(isInstant: isInstant, byMentor: false), slot: time,
            move: nil)
        try conclude(status, act: booking, reason: nil)
    }

    /// Cancels what came of a request, as the participant would: once.
    mutating func cancelBookings(of request: RecordID) throws {
        guard cancelledRequests.insert(request).inserted else { return }
        for booking in try store.bookings(ofOpenRequest: request) {
            guard let status = try store.status(of: booking),
                try !store.hasVerdict(on: request, of: booking)
            else { continue }
            try conclude(status, act: request, with: outcome(of: .cancel, on: status))
        }
    }

    /// The slot that the hub had chosen, or none, where a log is replayed from which the topic of the
    /// request or of some offer was erased; nil where nothing is missing.
    private func precedent(
        for booking: RecordID, of request: RecordID, _ values: FieldValues
    ) throws -> [(time: HubStore.SlotTime, mentor: MemberID)]? {
        guard let recorded,
            try values[Fields.OpenRequest.topic]?.text == nil || store.hasErasedOffers()
        else { return nil }
        guard let made = try recorded.slot(of: booking, madeOf: request) else { return [] }
        let slot = try ledger.facts.values(
            of: made.slot, entity: Schema.slot.id, in: .slots(of: made.mentor))
        return [(HubStore.SlotTime(made.slot, slot), made.mentor)]
    }

    /// The free slots of mentors who offer the topic, for that offer or for anything: the earliest
    /// first, then by id.
    private mutating func openings(
        for values: FieldValues
    ) throws -> [(time: HubStore.SlotTime, mentor: MemberID)] {
        guard let topic = values[Fields.OpenRequest.topic]?.text,
            let from = values[Fields.OpenRequest.from]?.integer,
            let until = values[Fields.OpenRequest.until]?.integer
        else { return [] }
        var mentors: [HubStore.SlotTime: MemberID] = [:]
        // Nothing that is ruled on changes an offer.
        let offers = try offers ?? store.offersByTopic()
        self.offers = offers
        for (offer, scope) in offers[Topics.key(of: topic)] ?? [] {
            guard let mentor = scope.scope.mentor, try ledger.facts.isActive(mentor),
                try ledger.facts.role(of: mentor) == .mentor
            else { continue }
            let free = try store.freeSlots(
                of: scope, for: offer, from: from, until: until, after: now,
                limit: Self.slotsTried)
            for time in free { mentors[time] = mentor }
        }
        return mentors.sorted { ($0.key.start, $0.key.slot) < ($1.key.start, $1.key.slot) }
            .prefix(Self.slotsTried).map { ($0.key, $0.value) }
    }
}
