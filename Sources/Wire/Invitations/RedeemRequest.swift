package import Cryptography
import Foundation
import Model
import SwiftProtobuf

/// A new device asks to be let in.
///
/// The bearer key proves that the invitation was handed to whoever asks; its signature covers the
/// new device's key, so a copied request is worthless to anybody else.
package struct RedeemRequest: Hashable, Sendable {
    /// The invitation's token without the bearer secret.
    package let token: String
    /// The new device's key.
    package let key: PublicKey
    /// The bearer key's signature over token and key.
    package let proof: Signature
    package let deviceName: String

    package init(token: String, key: PublicKey, proof: Signature, deviceName: String) {
        self.token = token
        self.key = key
        self.proof = proof
        self.deviceName = deviceName
    }

    package static func make(
        token: String, bearer: SigningKey, device: SigningKey, deviceName: String
    ) -> RedeemRequest {
        let key = device.publicKey
        return RedeemRequest(
            token: token, key: key,
            proof: bearer.sign(Self.proven(token: token, key: key), domain: .redemption),
            deviceName: deviceName)
    }

    /// Whether the holder of the invitation's bearer secret let this device redeem it.
    package func isProven(bearerKey: PublicKey) -> Bool {
        bearerKey.isValid(
            proof, for: Self.proven(token: token, key: key), domain: .redemption)
    }

    private static func proven(token: String, key: PublicKey) -> [UInt8] {
        Array(token.utf8) + key.bytes
    }

    /// Signs the request with the new device's key.
    package func sealed(by device: SigningKey) -> Envelope {
        precondition(device.publicKey == key, "A device signs its own requests.")
        var message = Waymark_V1_RedeemRequest()
        message.protocolVersion = WireFormat.protocolVersion
        message.token = token
        message.key = Data(key.bytes)
        message.proof = Data(proof.bytes)
        message.deviceName = deviceName
        return Envelope.seal(message.encoded, signer: nil, key: device, domain: .redeemRequest)
    }

    /// Reads the request and checks that the key in it signed the envelope. Neither the token nor
    /// the proof is checked.
    package static func open(_ envelope: Envelope) throws(WireError) -> RedeemRequest {
        try Limit.bytes(
            envelope.payload.count, atMost: WireFormat.redeemBytesMax, "request to join")
        let message = try Waymark_V1_RedeemRequest(
            reading: envelope.payload, "request to join")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion, "request to join")
        let key = try PublicKey(message.key, "key of the request to join")
        try envelope.requireSignature(by: key, signer: nil, domain: .redeemRequest)
        try Limit.bytes(
            message.token.utf8.count, atMost: Limits.tokenCharactersMax, "token")
        try Limit.bytes(
            message.deviceName.utf8.count, atMost: Limits.shortTextBytesMax, "device's name")
        return RedeemRequest(
            token: message.token, key: key,
            proof: try Signature(message.proof, "proof of the request to join"),
            deviceName: message.deviceName)
    }
}
