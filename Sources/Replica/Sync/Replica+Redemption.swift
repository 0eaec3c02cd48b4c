import Cryptography
import Foundation
import GRDB
import Model
import Wire

extension Replica {
    /// The signed request that redeems this replica's invitation.
    package func redemptionRequest() throws -> [UInt8] {
        let key = credentials.key
        let (token, bearer, name) = try writer.read { database in
            let meta = Meta(database)
            try Self.require(DeviceID(key.publicKey), in: meta, home)
            return (
                try meta.text(.pendingToken), try meta.bytes(.pendingBearer),
                try meta.text(.deviceName)
            )
        }
        guard let token, var seed = bearer else { throw ReplicaError(.damaged, "invitation") }
        let request = try RedeemRequest.make(
            token: token, bearer: SigningKey(seed: SecretBytes(wiping: &seed)),
            device: key, deviceName: name ?? "")
        return request.sealed(by: key).encodedBytes
    }

    /// Throws if another program has made this replica another device since it was opened: an
    /// invitation belongs to the key with which the laptop joins.
    private static func require(_ device: DeviceID, in meta: Meta, _ home: String) throws {
        guard try meta.integer(.device) == device.column else { throw ReplicaError(.busy, home) }
    }

    /// Takes in the hub's answer: the device's certificate.
    ///
    /// - Parameter bytes: the answer.
    /// - Throws: ``ReplicaError`` with `badAnswer`, or with `busy` if the replica is another device by
    ///   now; ``WireError``.
    package func applyRedemption(_ bytes: [UInt8]) throws {
        let envelope = try Envelope(encodedBytes: bytes)
        let (identity, key) = (credentials.identity, credentials.key)
        let answer = try RedeemAnswer.open(
            envelope, hubKey: identity.hubKey, device: key.publicKey)
        let certificate = try answer.certificate.verify(hubKey: identity.hubKey)
        guard certificate.member == identity.member else { throw ReplicaError(.badAnswer, "join") }
        try writer.write { database in
            let store = StoreTransaction(database)
            let meta = store.meta
            try Self.require(identity.device, in: meta, home)
            try meta.set(.certificate, bytes: answer.certificate.encodedBytes)
            try meta.set(.role, integer: answer.role.rawValue)
            try meta.set(.email, text: answer.email)
            try meta.set(.programmeName, text: answer.programmeName)
            try meta.set(.pendingToken, text: nil)
            try meta.set(.pendingBearer, bytes: nil)
            try store.learn(
                device: identity.device, key: key.publicKey, member: identity.member,
                certificate: answer.certificate.encodedBytes)
        }
        try refreshCredentials()
    }
}
