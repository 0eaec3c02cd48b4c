import Model
import Replica

/// Requests: for a slot or its alternates, or for any slot between two instants.
extension Referee {
    /// How many slots between two instants are tried.
    static let slotsTried = 32

    /// Rules on a request, unless it has been ruled on. One that has gathered for a slot goes on
    /// with that one.
    mutating func rule(
        onRequest booking: RecordID, in scope: Scope, by device: DeviceID,
        from gathered: RecordID? = nil
    ) throws {
        guard let mentor = scope.mentor, let participant = scope.participant,
            let values = try ledger.facts.values(
                of: booking, entity: Schema.booking.id, in: scope),
            try !store.isRuled(booking)
        else { return }
        let choices = try choices(values, of: mentor)
        let asker = Asker(
            isMentor: try ledger.facts.member(of: device) == mentor, device: device)
        var firstFailure: (reason: VerdictReason, time: HubStore.SlotTime?)?
        let begin = gathered.flatMap { choices.firstIndex(of: $0) } ?? 0
        for choice in choices[begin...] {
            let attempt = try take(
                choice, for: booking, mentor: mentor, participant: participant, by: asker)
            switch attempt {
            case .failed(.undecided, let time?):
                return try gather(booking, for: time, in: scope)
            case .failed(let reason, let time):
                if firstFailure == nil { firstFailure = (reason, time) }
            case .taken(let time, let isInstant):
                let isFinal = try isHolder(device, of: choice)
                _ = try store.markRuled(booking)
                let status = HubStore.BookingStatus(
                    booking: booking, scope: scope,
                    state: BookingMachine.granted(
                        isInstant: isInstant || isFinal, byMentor: asker.isMentor),
                    slot: time, move: nil)
                return try conclude(status, act: booking, reason: nil)
            }
        }
        _ = try store.markRuled(booking)
        try refuse(booking, values, in: scope, firstFailure, besides: choices)
    }

    private mutating func refuse(
        _ booking: RecordID, _ values: FieldValues, in scope: Scope,
        _ failure: (reason: VerdictReason, time: HubStore.SlotTime?)?, besides tried: [RecordID]
    ) throws {
        guard let mentor = scope.mentor, let participant = scope.participant else { return }
        let from = values[Fields.Booking.from]?.integer
        // Only a seat can become free; who is busy then may be busy still.
        let mayWait = failure?.reason == .slotTaken || failure?.reason == .slotLent
        let waits = mayWait && values[Fields.Booking.waits]?.isTrue ?? false
        let offers = try offers(
            near: from ?? failure?.time?.start ?? now.milliseconds, mentor: mentor,
            participant: participant, besides: tried)
        let status = HubStore.BookingStatus(
            booking: booking, scope: scope, state: waits ? .waitlisted : .refused,
            slot: waits ? failure?.time : nil, move: nil)
        let reason = from == nil ? failure?.reason ?? .slotUnknown : .noneFree
        try conclude(status, act: booking, reason: reason, offers: offers)
    }

    /// The slots that a request may get, in the order in which they are tried, each once.
    private func choices(_ values: FieldValues, of mentor: MemberID) throws -> [RecordID] {
        if let from = values[Fields.Booking.from]?.integer,
            let until = values[Fields.Booking.until]?.integer
        {
            guard let scope = try store.opened(.slots(of: mentor)) else { return [] }
            return try store.freeSlots(
                of: scope, from: from, until: until, after: now, limit: Self.slotsTried
            ).map(\.slot)
        }
        let named =
            [values[Fields.Booking.slot]?.reference]
            + (values[Fields.Booking.alternates]?.list ?? []).map(\.reference)
        var choices: [RecordID] = []
        for choice in named.compactMap({ $0 }) where !choices.contains(choice) {
            choices.append(choice)
        }
        return choices
    }
}
