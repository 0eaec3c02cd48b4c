import Cryptography
import Foundation
import GRDB
import Model
import Wire

extension Replica {
    /// A request for a new key, and that key.
    package struct PreparedRekeying: Sendable {
        package let bytes: [UInt8]
        let key: SigningKey
        let former: DeviceID
    }

    /// Makes the signed request by which this laptop goes on as a new device. The new key is on the
    /// disk before anybody hears of it.
    ///
    /// - Throws: ``ReplicaError`` with `readOnly` or `diskFull` where the key cannot be kept.
    package func rekeyRequest() throws -> PreparedRekeying {
        let credentials = credentials
        let path = KeyPaths(home: home).next
        let new: SigningKey
        if let kept = try? KeyFile.read(path) {
            // An earlier attempt of which the answer was lost.
            new = kept
        } else {
            unlink(path)
            new = SigningKey()
            try KeyFile.write(new, to: path)
        }
        let envelope = RekeyRequest.seal(
            programme: credentials.identity.programme, old: credentials.key, new: new,
            deviceName: credentials.identity.deviceName)
        return PreparedRekeying(
            bytes: envelope.encodedBytes, key: new, former: credentials.identity.device)
    }

    /// Takes in the hub's answer: from now on this replica is the new device. What the former one
    /// had not sent is cut off, see ``TailSet``.
    package func applyRekeying(_ bytes: [UInt8], to request: PreparedRekeying) throws {
        let identity = identity
        let device = DeviceID(request.key.publicKey)
        let answer = try RedeemAnswer.open(
            Envelope(encodedBytes: bytes), hubKey: identity.hubKey, device: request.key.publicKey)
        let certificate = try answer.certificate.verify(hubKey: identity.hubKey)
        guard certificate.member == identity.member, certificate.predecessor == request.former
        else { throw ReplicaError(.badAnswer, "rekey") }
        try write { store, credentials in
            // Another sync of this home may have been quicker.
            guard credentials.identity.device == request.former else { return }
            // Its answers were for the former device.
            try store.endRenewal()
            // What comes has to be compared with what is here, change by change.
            try store.giveUpSnapshots(identity: credentials.identity)
            try Reauthoring(store).cut(former: request.former, successor: device)
            let meta = store.meta
            try meta.set(.device, integer: device.column)
            try meta.set(.certificate, bytes: answer.certificate.encodedBytes)
            try meta.set(.role, integer: answer.role.rawValue)
            try meta.set(.sequence, integer: 0)
            try meta.set(.lastBatch, bytes: nil)
            try meta.set(.undoName, text: nil)
            try meta.set(.forked, integer: nil)
            try store.learn(
                device: device, key: request.key.publicKey, member: identity.member,
                certificate: answer.certificate.encodedBytes)
        }
        try refreshCredentials()
    }
}

extension StoreTransaction {
    /// A device under whose key this laptop writes, or wrote until it got a new one.
    struct OwnDevice: Hashable {
        let device: DeviceID
        /// The last batch that counts as this laptop's; nil for the present device. Later ones are
        /// those of a copy that goes on under the former key.
        let lastSequence: UInt64?
    }

    /// The replica's device and those that it replaced, the latest first.
    func ownDevices(_ identity: Identity) throws -> [OwnDevice] {
        try ownDevices(upTo: identity.device)
    }

    /// A device and those that it replaced, the latest first. The certificates say so.
    func ownDevices(upTo device: DeviceID) throws -> [OwnDevice] {
        var devices = [OwnDevice(device: device, lastSequence: nil)]
        while let last = devices.last, let certificate = try knownCertificate(of: last.device),
            let predecessor = certificate.predecessor,
            !devices.contains(where: { $0.device == predecessor })
        {
            devices.append(
                OwnDevice(
                    device: predecessor, lastSequence: certificate.predecessorLastSequence))
        }
        return devices
    }

    func certificate(of device: DeviceID) throws -> [UInt8]? {
        try Data.fetchOne(
            database.cachedStatement(sql: "SELECT certificate FROM deviceKey WHERE device = ?"),
            arguments: [device.column]
        ).map { [UInt8]($0) }
    }

    /// The device that the certified one goes on for, if any.
    func predecessor(of device: DeviceID) throws -> DeviceID? {
        try knownCertificate(of: device)?.predecessor
    }

    /// It was verified when it was stored.
    private func knownCertificate(of device: DeviceID) throws -> DeviceCertificate? {
        try certificate(of: device).map {
            try DeviceCertificate.Signed(encodedBytes: $0).unverified()
        }
    }
}

extension [StoreTransaction.OwnDevice] {
    /// Whether this laptop wrote a batch, be it under a former key.
    func wrote(_ device: DeviceID, _ sequence: UInt64) -> Bool {
        contains { own in
            own.device == device && own.lastSequence.map { sequence <= $0 } ?? true
        }
    }
}
