import Model
import Replica

/// Escrow: a slot on loan to one of its mentor's laptops, which alone gives its seats away, finally
/// and without a network, until it gives the slot back.
extension Referee {
    /// Lends a slot to the device that wants it, or takes it back from the one that has it.
    ///
    /// What is left of its seats is lent, and the mentor's time. A slot of which nothing is left
    /// stays with the hub, and so does one at a time that the mentor has promised otherwise.
    mutating func rule(
        onLoan slot: RecordID, in scope: Scope, by device: DeviceID, isWanted: Bool
    ) throws {
        guard let mentor = scope.mentor else { return }
        let loan = HubStore.Loan(slot: slot, mentor: mentor, device: device)
        guard isWanted else {
            if try isHolder(device, of: slot) { try end(loan) }
            return
        }
        guard try store.holder(of: slot) == nil,
            let values = try ledger.facts.values(of: slot, entity: Schema.slot.id, in: scope),
            let capacity = values[Fields.Slot.capacity]?.integer,
            !(values[Fields.Slot.withdrawn]?.isTrue ?? false),
            values[Fields.Slot.decideAt]?.integer == nil
        else { return }
        let time = HubStore.SlotTime(slot, values)
        guard time.start > now.milliseconds, try store.seatsTaken(of: slot) < capacity,
            try store.attempt({ try store.takeTime(of: mentor, as: .mentor, for: time) })
        else { return }
        try store.lend(loan)
        say(.integer(device.column), of: slot, in: scope)
    }

    /// Ends a loan: the hub sells what is left of the slot's seats.
    mutating func end(_ loan: HubStore.Loan) throws {
        try store.endLoan(of: loan.slot)
        try store.freeMentor(loan.mentor, of: loan.slot)
        touchedSlots.append(Slot(record: loan.slot, mentor: loan.mentor))
        say(.null, of: loan.slot, in: .slots(of: loan.mentor))
    }

    private mutating func say(_ holder: Value, of slot: RecordID, in scope: Scope) {
        let change = ledger.setting(Fields.Slot.holder, of: slot, Schema.slot, to: holder)
        sets.append(Ledger.HubChangeSet([(scope, [change])]))
    }

    /// Whether a device has a slot on loan, or goes on for the one that has it: a laptop that was
    /// restored or copied has a new key, and what it had promised stands.
    func isHolder(_ device: DeviceID, of slot: RecordID) throws -> Bool {
        guard let holder = try store.holder(of: slot) else { return false }
        return try ledger.facts.goesOn(device, for: holder)
    }

    /// Whether the device that has a slot on loan wants it still, by all that has come back.
    func isWanted(_ loan: HubStore.Loan) throws -> Bool {
        let values = try ledger.facts.values(
            of: loan.slot, entity: Schema.slot.id, in: .slots(of: loan.mentor))
        guard let wanted = values?[Fields.Slot.lendTo]?.integer else { return false }
        return try ledger.facts.goesOn(DeviceID(column: wanted), for: loan.device)
    }

    /// Whether the laptop that has a slot on loan by a key that was retired has a later one that
    /// counts. Whoever holds a stolen key may have had it replaced, so its loans end.
    func goesOn(_ loan: HubStore.Loan) throws -> Bool {
        guard let former = try store.device(loan.device),
            try store.revocation(ofDevice: former.record) == .retired
        else { return false }
        return try store.devices(of: loan.mentor).contains { later in
            try !store.isRevoked(later.record)
                && ledger.facts.goesOn(later.device, for: loan.device)
                && !hasStolen(between: later.device, and: loan.device)
        }
    }

    /// Whether one of the keys from a later one back to a former was stolen.
    private func hasStolen(between later: DeviceID, and former: DeviceID) throws -> Bool {
        var line = later
        while line != former, let before = try ledger.facts.predecessor(of: line) {
            line = before
            if let row = try store.device(line),
                try store.revocation(ofDevice: row.record) == .stolen
            {
                return true
            }
        }
        return false
    }

    /// Rules on a seat that the holder of a slot has given to somebody who had asked.
    mutating func rule(
        onGrant act: RecordID, _ values: FieldValues, _ status: HubStore.BookingStatus
    ) throws {
        var status = status
        guard let mentor = status.scope.mentor, let participant = status.scope.participant,
            let slot = values[Fields.BookingAct.slot]?.reference,
            try isHolder(act.device, of: slot)
        else { return try conclude(status, act: act, reason: .notHolder) }
        let old = status.state.takesSeat ? status.slot : nil
        let attempt = try take(
            slot, for: status.booking, mentor: mentor, participant: participant,
            by: Asker(isMentor: true, device: act.device), leaving: old)
        switch attempt {
        case .failed(let reason, _):
            try conclude(status, act: act, reason: reason)
        case .taken(let time, _):
            touchedSlots += [old?.slot, slot].compactMap { $0 }
                .map { Slot(record: $0, mentor: mentor) }
            status.state = .confirmed
            status.slot = time
            status.move = nil
            try conclude(status, act: act, reason: nil)
        }
    }
}
