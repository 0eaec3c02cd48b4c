package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// The hub lets a device in.
package struct RedeemAnswer: Hashable, Sendable {
    package let hubKey: PublicKey
    package let certificate: DeviceCertificate.Signed
    package let programmeName: String
    package let hubTime: HubTime
    package let position: Position
    /// The member's, as they were invited.
    package let email: String
    package let role: Role

    package init(
        hubKey: PublicKey, certificate: DeviceCertificate.Signed, programmeName: String,
        hubTime: HubTime, position: Position, email: String, role: Role
    ) {
        self.hubKey = hubKey
        self.certificate = certificate
        self.programmeName = programmeName
        self.hubTime = hubTime
        self.position = position
        self.email = email
        self.role = role
    }

    /// Signs the answer with the hub's key.
    package func sealed(by hub: SigningKey) -> Envelope {
        precondition(hub.publicKey == hubKey, "The hub signs its own answers.")
        var message = Waymark_V1_RedeemAnswer()
        message.protocolVersion = WireFormat.protocolVersion
        message.hubKey = Data(hubKey.bytes)
        message.certificate = certificate.message
        message.programmeName = programmeName
        message.hubTime = hubTime.milliseconds
        if position != .start { message.position = position.message }
        message.email = email
        message.role = role.wire
        return Envelope.seal(message.encoded, signer: nil, key: hub, domain: .redeemAnswer)
    }

    /// Checks the signatures of the answer and of the certificate in it.
    ///
    /// - Parameters:
    ///   - envelope: the envelope as received.
    ///   - hubKey: the hub's key as the invitation names it.
    ///   - device: the key for which the certificate must be.
    /// - Returns: the answer, with a certificate that can be relied on.
    /// - Throws: ``WireError`` if anything is not as it must be.
    package static func open(
        _ envelope: Envelope, hubKey: PublicKey, device: PublicKey
    ) throws(WireError) -> RedeemAnswer {
        let answer = try open(envelope, hubKey: hubKey)
        guard try answer.certificate.verify(hubKey: hubKey).key == device else {
            throw WireError(.wrongDevice, "The certificate is for another device.")
        }
        return answer
    }

    /// Checks the signature of the answer, not that of the certificate in it.
    package static func open(
        _ envelope: Envelope, hubKey: PublicKey
    ) throws(WireError) -> RedeemAnswer {
        try Limit.bytes(
            envelope.payload.count, atMost: WireFormat.redeemBytesMax, "answer to joining")
        try envelope.requireSignature(by: hubKey, signer: nil, domain: .redeemAnswer)
        let message = try Waymark_V1_RedeemAnswer(
            reading: envelope.payload, "answer to joining")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion, "answer to joining")
        guard message.hubKey.elementsEqual(hubKey.bytes) else {
            throw WireError(.wrongProgramme, "The answer names another hub's key.")
        }
        return RedeemAnswer(
            hubKey: hubKey, certificate: try DeviceCertificate.Signed(message.certificate),
            programmeName: message.programmeName,
            hubTime: try HubTime(ofAnswer: message.hubTime),
            position: try Position(message.position), email: message.email,
            role: try Role(wire: message.role))
    }
}
