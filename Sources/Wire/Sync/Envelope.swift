package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// A signed body: what is posted to the hub, what comes back, and what lies in a file between the
/// two. The signature's domain depends on what the payload is, so no kind can pass for another.
package struct Envelope: Hashable, Sendable {
    package let payload: [UInt8]
    /// The device whose key signed; nil for the hub, and for a device that the hub does not know
    /// yet. It says which key to look up and proves nothing.
    package let signer: DeviceID?
    package let signature: Signature

    package init(payload: [UInt8], signer: DeviceID?, signature: Signature) {
        self.payload = payload
        self.signer = signer
        self.signature = signature
    }

    package var encodedBytes: [UInt8] { message.encoded }

    package init(encodedBytes: [UInt8]) throws(WireError) {
        try Limit.bytes(encodedBytes.count, atMost: Limits.requestBytesMax, "envelope")
        try self.init(try Waymark_V1_Envelope(reading: encodedBytes, "envelope"))
    }

    var message: Waymark_V1_Envelope {
        var message = Waymark_V1_Envelope()
        message.payload = Data(payload)
        if let signer { message.signer = signer.data }
        message.signature = Data(signature.bytes)
        return message
    }

    init(_ message: Waymark_V1_Envelope) throws(WireError) {
        self.init(
            payload: Array(message.payload),
            signer: message.signer.isEmpty
                ? nil : try DeviceID(message.signer, "signer of an envelope"),
            signature: try Signature(message.signature, "signature of an envelope"))
    }

    /// Signs a payload.
    static func seal(
        _ payload: [UInt8], signer: DeviceID?, key: SigningKey, domain: SignatureDomain
    ) -> Envelope {
        Envelope(
            payload: payload, signer: signer, signature: key.sign(payload, domain: domain))
    }

    /// Throws unless this key signed the payload for this purpose, and unless it is the key of the
    /// signer that the envelope names.
    func requireSignature(
        by key: PublicKey, signer expected: DeviceID?, domain: SignatureDomain
    ) throws(WireError) {
        try Limit.bytes(payload.count, atMost: Limits.requestBytesMax, "envelope")
        guard signer == expected else {
            throw WireError(.wrongDevice, "The envelope names another signer.")
        }
        guard key.isValid(signature, for: payload, domain: domain) else {
            throw WireError(.badSignature, "The envelope is not signed with the expected key.")
        }
    }
}
