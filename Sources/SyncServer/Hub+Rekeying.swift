import Cryptography
import Model
import Replica
import Wire

/// A request for a new key whose signatures are right.
struct PreparedRekeying: Sendable {
    let request: RekeyRequest
}

extension Hub {
    /// Checks a request for a new key: the old key of a known device signed it, and the new key
    /// agrees.
    func prepareRekeying(_ bytes: [UInt8], _ store: HubStore) throws -> PreparedRekeying {
        let envelope = try Envelope(encodedBytes: bytes)
        let request = try RekeyRequest.open(envelope, oldKey: signerKey(of: envelope, store))
        try requireOwn(request.programme)
        try requireUsable(deviceName: request.deviceName)
        return PreparedRekeying(request: request)
    }

    /// Certifies the new key as a device of the same member. Asking again with the same keys gets
    /// the same answer.
    ///
    /// The old device goes on as it is: where a laptop was copied, the other copy still uses it.
    func perform(
        _ prepared: PreparedRekeying, _ ledger: Ledger, now: HubTime
    ) throws -> RedeemAnswer {
        let request = prepared.request
        let store = ledger.store
        let time = try ledger.orderTime(now)
        guard let old = try store.device(request.predecessor) else { throw Self.unknownDevice }
        try requireStanding(old, ledger)
        let device = DeviceID(request.key)
        if let known = try store.device(device) {
            guard known.member == old.member, let bytes = try store.certificate(of: device) else {
                throw HubError(.refused, "The new key belongs to another device already.")
            }
            return try answer(certificate: .init(encodedBytes: bytes), ledger, at: time)
        }
        guard let role = try ledger.facts.role(of: old.member) else { throw Self.unknownDevice }
        // What waits for a newer version is here, too, and is decided on under the former key.
        let last = try max(
            store.tables.lastBatch(of: request.predecessor)?.sequence ?? 0,
            store.lastParked(of: request.predecessor)?.sequence ?? 0)
        let certificate = DeviceCertificate(
            programme: identity.programme, key: request.key, member: old.member, role: role,
            validFrom: try ledger.nextPosition(), predecessor: request.predecessor,
            predecessorLastSequence: last
        ).sign(with: key)
        let record = ledger.deviceCreation(
            try ledger.newRecordID(), member: old.member, certificate: certificate,
            name: request.deviceName)
        try ledger.say([Ledger.HubChangeSet([(.programme, record)])], at: time)
        return try answer(certificate: certificate, ledger, at: time)
    }
}
