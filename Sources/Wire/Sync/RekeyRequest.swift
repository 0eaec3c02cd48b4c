package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// A device asks to go on as a new one: its laptop was restored from a backup or is a copy of
/// another, so its numbers may have been used already.
///
/// The old key signs the request and the new key the proof in it, so nobody can make a device out
/// of a key that they do not hold, and a copied request is worthless.
package struct RekeyRequest: Hashable, Sendable {
    package let programme: ProgrammeID
    /// The device that is replaced; its key signs the request.
    package let predecessor: DeviceID
    /// The new device's key.
    package let key: PublicKey
    package let deviceName: String

    /// Makes the request, signed by both keys.
    package static func seal(
        programme: ProgrammeID, old: SigningKey, new: SigningKey, deviceName: String
    ) -> Envelope {
        let predecessor = DeviceID(old.publicKey)
        var message = Waymark_V1_RekeyRequest()
        message.protocolVersion = WireFormat.protocolVersion
        message.programme = programme.data
        message.key = Data(new.publicKey.bytes)
        message.proof = Data(
            new.sign(proven(predecessor: predecessor, key: new.publicKey), domain: .rekeying).bytes)
        message.deviceName = deviceName
        return Envelope.seal(
            message.encoded, signer: predecessor, key: old, domain: .rekeyRequest)
    }

    /// Checks the signature, then reads the request and checks the new key's proof.
    ///
    /// - Parameters:
    ///   - envelope: the envelope as received.
    ///   - oldKey: the certified key of the device that the envelope names.
    /// - Returns: a request that both keys agree to.
    /// - Throws: ``WireError`` if one of them does not, or if it cannot be read.
    package static func open(
        _ envelope: Envelope, oldKey: PublicKey
    ) throws(WireError) -> RekeyRequest {
        try Limit.bytes(
            envelope.payload.count, atMost: WireFormat.redeemBytesMax, "request for a new key")
        let predecessor = DeviceID(oldKey)
        try envelope.requireSignature(by: oldKey, signer: predecessor, domain: .rekeyRequest)
        let message = try Waymark_V1_RekeyRequest(
            reading: envelope.payload, "request for a new key")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion,
            "request for a new key")
        try Limit.bytes(
            message.deviceName.utf8.count, atMost: Limits.shortTextBytesMax, "device's name")
        let key = try PublicKey(message.key, "key of the request for a new key")
        let proof = try Signature(message.proof, "proof of the request for a new key")
        guard
            key.isValid(
                proof, for: proven(predecessor: predecessor, key: key), domain: .rekeying)
        else {
            throw WireError(.badSignature, "The new key did not agree to replace the old one.")
        }
        return RekeyRequest(
            programme: try ProgrammeID(message.programme), predecessor: predecessor, key: key,
            deviceName: message.deviceName)
    }

    private static func proven(predecessor: DeviceID, key: PublicKey) -> [UInt8] {
        predecessor.rawValue.bigEndianBytes + key.bytes
    }
}
