import Model
import Replica
import Wire

extension Hub {
    /// Admits what was parked for a schema that this version knows, each device's in its order, as
    /// if it had come now. Returns how many batches.
    ///
    /// What a suspended member sent waits on, in case they come back; what cannot have a place any
    /// more is dropped, and its device hears why when it sends it again.
    @discardableResult
    func admitParked(now: HubTime) throws -> Int {
        let (count, tally) = try database.write { store in
            let ledger = try ledger(store, at: now)
            let time = try ledger.orderTime(now)
            let devices = try store.parkingDevices()
            if !devices.isEmpty { try expireHolds(ledger, at: time) }
            let count = try admitParked(of: devices, ledger, at: time)
            try ledger.eraseAgain(now: time)
            return (count, ledger.tally)
        }
        metrics.note(tally)
        return count
    }

    /// The same for some devices; what has gathered by then is decided already.
    @discardableResult
    func admitParked(of devices: [DeviceID], _ ledger: Ledger, at time: HubTime) throws -> Int {
        try devices.reduce(0) { try $0 + admitParked(of: $1, ledger, at: time) }
    }

    private func admitParked(of device: DeviceID, _ ledger: Ledger, at time: HubTime) throws -> Int
    {
        let store = ledger.store
        var count = 0
        while let batch = try store.firstParked(of: device) {
            switch try fate(of: batch, batch.header(), ledger) {
            case .waits:
                return count
            case .isDropped:
                try store.unpark(batch.id)
            case .isAdmitted(let verified, let author):
                _ = try append(verified, by: author, ledger, at: time)
                try store.unpark(batch.id)
                ledger.tally.note(.admitted)
                count += 1
            }
        }
        return count
    }

    private enum Fate {
        case waits
        case isDropped
        case isAdmitted(VerifiedBatch, ChangeAuthor)
    }

    private func fate(
        of batch: SealedBatch, _ header: BatchHeader, _ ledger: Ledger
    ) throws -> Fate {
        let store = ledger.store
        guard let row = try store.device(header.device),
            let key = try store.tables.key(of: header.device)
        else { return .waits }
        guard try !store.isRevoked(row.record) else { return .isDropped }
        // Others may bring the decision on it, and what it was made on.
        guard try !store.isRecovering() else { return .waits }
        guard header.schemaVersion <= Schema.version, try ledger.facts.isActive(row.member),
            let role = try ledger.facts.role(of: row.member)
        else { return .waits }
        let verified = try VerifiedBatch.verify(
            batch, key: key, programme: identity.programme, isWhole: true)
        // It followed when it was parked. What the device had said since then may have come back
        // from others, after the hub was set back.
        guard try ledger.follows(verified) else { return .isDropped }
        return .isAdmitted(
            verified, ChangeAuthor(device: row.device, member: row.member, role: role))
    }
}
