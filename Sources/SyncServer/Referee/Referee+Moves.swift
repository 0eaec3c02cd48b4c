import Model
import Replica

/// Moving a booking to another slot of its mentor, by the consent of both.
extension Referee {
    /// Rules on a proposal or an answer to one, in a state of the booking that allows it.
    mutating func rule(
        onMove act: RecordID, _ kind: BookingActKind, _ values: FieldValues,
        _ status: HubStore.BookingStatus
    ) throws {
        let move = kind == .move ? act : values[Fields.BookingAct.move]?.reference
        guard kind == .move || move == status.move else {
            return try conclude(status, act: act, reason: .moveClosed)
        }
        var status = status
        if kind == .refuseMove {
            status.move = nil
            return try conclude(status, act: act, reason: nil)
        }
        guard let move, let mentor = status.scope.mentor,
            let participant = status.scope.participant,
            let proposal = kind == .move
                ? values
                : try ledger.facts.values(
                    of: move, entity: Schema.bookingAct.id, in: status.scope),
            let target = proposal[Fields.BookingAct.slot]?.reference,
            target != status.slot?.slot
        else { return try conclude(status, act: act, reason: .moveClosed) }
        let isByParticipant = try ledger.facts.member(of: move.device) == participant
        var isDone = false
        let attempt = try take(
            target, for: status.booking, mentor: mentor, participant: participant,
            by: Asker(isMentor: kind == .acceptMove || !isByParticipant),
            leaving: status.slot
        ) { isInstant in
            isDone = kind == .acceptMove || isInstant && isByParticipant
            return isDone
        }
        switch attempt {
        case .taken(let time, _):
            status.move = isDone ? nil : move
            if isDone {
                touchedSlots += [status.slot?.slot, target].compactMap { $0 }
                    .map { Slot(record: $0, mentor: mentor) }
                status.state = .confirmed
                status.slot = time
            }
            try conclude(status, act: act, reason: nil)
        case .failed(let reason, let time):
            let offers = try offers(
                near: time?.start ?? now.milliseconds, mentor: mentor, participant: participant,
                besides: [target, status.slot?.slot].compactMap { $0 })
            try conclude(status, act: act, reason: reason, offers: offers)
        }
    }
}
