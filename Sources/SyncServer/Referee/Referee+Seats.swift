import Model
import Replica

/// Taking seats and time, all of it or nothing.
extension Referee {
    /// Why a seat could not be taken.
    enum Attempt {
        case taken(HubStore.SlotTime, isInstant: Bool)
        case failed(VerdictReason, HubStore.SlotTime?)
    }

    /// Who wants a seat.
    struct Asker {
        /// Whether the mentor wants it given, who needs no notice.
        let isMentor: Bool
        /// The device that says so; nil where the hub tries by itself.
        var device: DeviceID?
    }

    /// How many free slots are looked at for three to offer.
    private static let offersLookedAt = 32

    /// Tries to take a seat of a slot and both people's time, and to give the seat back that the
    /// booking has: all of it or nothing. `keeps` is told whether the slot is instant and may say
    /// that everything is left as it was although the seat could be taken.
    ///
    /// Whoever has the slot on loan has promised the seat already: only another promise of theirs
    /// can stand against it.
    func take(
        _ slot: RecordID, for booking: RecordID, mentor: MemberID, participant: MemberID,
        by asker: Asker, leaving old: HubStore.SlotTime? = nil,
        keeps: (Bool) -> Bool = { _ in true }
    ) throws -> Attempt {
        let scope = Scope.slots(of: mentor)
        guard let values = try ledger.facts.values(of: slot, entity: Schema.slot.id, in: scope),
            values[Fields.Slot.start]?.integer != nil,
            let capacity = values[Fields.Slot.capacity]?.integer
        else { return .failed(.slotUnknown, nil) }
        let time = HubStore.SlotTime(slot, values)
        if values[Fields.Slot.withdrawn]?.isTrue ?? false { return .failed(.slotWithdrawn, time) }
        let isLent = try store.holder(of: slot) != nil
        let isPromised = try isLent && asker.device.map { try isHolder($0, of: slot) } ?? false
        if !isPromised {
            if let reason = obstacle(to: time, values, isLent: isLent, asker) {
                return .failed(reason, time)
            }
            if try isSuspended(mentor) { return .failed(.mentorSuspended, time) }
        }
        let isInstant = values[Fields.Slot.instant]?.isTrue ?? false
        var reason: VerdictReason?
        _ = try store.attempt {
            if let old {
                try store.free(old, of: booking, participant: participant, mentor: mentor)
            }
            let isFull = try !isPromised && isDayFull(values, besides: time, in: scope)
            if try !store.takeSeat(of: slot, capacity: capacity, for: booking) {
                reason = .slotTaken
            } else if isFull {
                reason = .dayFull
            } else if isPromised, try store.isBusy(participant, with: slot) {
                reason = .participantBusy
            } else if isPromised {
                try store.takeTimeAnyway(of: participant, as: .participant, for: time)
                try store.takeTimeAnyway(of: mentor, as: .mentor, for: time)
            } else if try !takeTime(of: participant, as: .participant, for: time) {
                reason = .participantBusy
            } else if try !takeTime(of: mentor, as: .mentor, for: time) {
                reason = .mentorBusy
            }
            return reason == nil && keeps(isInstant)
        }
        return reason.map { .failed($0, time) } ?? .taken(time, isInstant: isInstant)
    }

    /// What stands against a seat before anybody looks for one.
    private func obstacle(
        to time: HubStore.SlotTime, _ values: FieldValues, isLent: Bool, _ asker: Asker
    ) -> VerdictReason? {
        if time.start <= now.milliseconds { return .slotStarted }
        if isLent { return .slotLent }
        if isUndecided(values) { return .undecided }
        let notice = (values[Fields.Slot.notice]?.integer ?? 0) * 60_000
        return !asker.isMentor && time.start - notice < now.milliseconds ? .tooLate : nil
    }

    /// Whether an admin has said so; somebody of whom a hub that was set back does not know it is
    /// not.
    private func isSuspended(_ member: MemberID) throws -> Bool {
        let profile = try ledger.facts.values(
            of: member.recordID, entity: Schema.profile.id, in: .programme)
        return profile?[Fields.Profile.state]?.integer == MemberState.suspended.rawValue
    }

    /// Whether requests for a slot gather still.
    func isUndecided(_ values: FieldValues) -> Bool {
        (values[Fields.Slot.decideAt]?.integer).map { $0 > now.milliseconds } ?? false
    }

    private func isDayFull(
        _ values: FieldValues, besides time: HubStore.SlotTime, in scope: Scope
    ) throws -> Bool {
        guard let most = values[Fields.Slot.dayMax]?.integer,
            let day = values[Fields.Slot.day]?.text
        else { return false }
        let row = try ledger.tables.scope(scope)
        return try store.bookedSlots(of: row, on: day, besides: time) >= most
    }

    func takeTime(
        of person: MemberID, as party: BookingParty, for time: HubStore.SlotTime
    ) throws -> Bool {
        try !store.isAway(person, as: party, during: time)
            && store.takeTime(of: person, as: party, for: time)
    }

    /// Up to three slots of the mentor that the participant could have instead.
    mutating func offers(
        near instant: Int64, mentor: MemberID, participant: MemberID, besides tried: [RecordID]
    ) throws -> [RecordID] {
        guard offersLeft > 0, let scope = try store.opened(.slots(of: mentor)) else { return [] }
        offersLeft -= 1
        let candidates = try store.freeSlots(
            of: scope, near: instant, after: now, limit: Self.offersLookedAt)
        var offers: [RecordID] = []
        for candidate in candidates where !tried.contains(candidate.slot) {
            guard offers.count < Limits.alternativesOfferedMax else { break }
            // It is asked for as a request would be, and then left alone.
            var isFeasible = false
            _ = try store.attempt {
                let attempt = try take(
                    candidate.slot, for: Self.nobody, mentor: mentor, participant: participant,
                    by: Asker(isMentor: false))
                if case .taken = attempt { isFeasible = true }
                return false
            }
            if isFeasible { offers.append(candidate.slot) }
        }
        return offers
    }

    /// Stands for a booking that there is not.
    private static let nobody = RecordID(device: DeviceID(rawValue: 0), counter: 0)
}
