package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// What a parcel between members begins with: who wrote it, for whom, signed.
package struct Letter: Hashable, Sendable {
    package let programme: ProgrammeID
    /// The device that wrote it.
    package let device: DeviceID
    /// The member that it is for.
    package let reader: MemberID
    /// The parcel in which it stands, so that it stands in no other.
    package let parcel: Digest
    /// The writer's own; what the reader does not know of them.
    package let certificate: DeviceCertificate.Signed

    /// Signs a letter with the writing device's key.
    package static func seal(
        programme: ProgrammeID, reader: MemberID, parcel: Digest,
        certificate: DeviceCertificate.Signed, key: SigningKey
    ) -> Envelope {
        let device = DeviceID(key.publicKey)
        var message = Waymark_V1_Letter()
        message.protocolVersion = WireFormat.protocolVersion
        message.programme = programme.data
        message.device = device.data
        message.reader = Data(reader.bytes)
        message.parcel = parcel.data
        message.certificate = certificate.message
        return Envelope.seal(message.encoded, signer: device, key: key, domain: .letter)
    }

    /// Reads a letter: by the certificate that it shows, which the hub must have signed.
    ///
    /// - Parameters:
    ///   - envelope: the envelope as received.
    ///   - hubKey: the key of the programme's hub.
    ///   - parcel: the parcel in which it was found.
    /// - Returns: the letter, and whose it is.
    /// - Throws: ``WireError`` if it was not written by that device for this parcel.
    package static func open(
        _ envelope: Envelope, hubKey: PublicKey, parcel: Digest
    ) throws(WireError) -> (letter: Letter, certificate: DeviceCertificate) {
        try Limit.bytes(envelope.payload.count, atMost: WireFormat.letterBytesMax, "letter")
        let message = try Waymark_V1_Letter(reading: envelope.payload, "letter")
        try Limit.version(
            message.protocolVersion, supported: WireFormat.protocolVersion, "letter")
        let signed = try DeviceCertificate.Signed(message.certificate)
        let certificate = try signed.verify(hubKey: hubKey)
        try envelope.requireSignature(
            by: certificate.key, signer: certificate.device, domain: .letter)
        let letter = Letter(
            programme: try ProgrammeID(message.programme),
            device: try DeviceID(message.device, "device of a letter"),
            reader: try MemberID(message.reader),
            parcel: try Digest(message.parcel, "parcel of a letter"), certificate: signed)
        guard letter.device == certificate.device else {
            throw WireError(.wrongDevice, "The letter speaks for another device.")
        }
        guard letter.programme == certificate.programme else {
            throw WireError(.wrongProgramme, "The letter belongs to another programme.")
        }
        guard letter.parcel == parcel else {
            throw WireError(.malformed, "The letter belongs to another parcel.")
        }
        return (letter, certificate)
    }
}
