package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// The hub's statement that a key belongs to a member's device. It is itself a record in the log,
/// so anybody can verify any batch without asking.
package struct DeviceCertificate: Hashable, Sendable {
    package let programme: ProgrammeID
    package let key: PublicKey
    package let member: MemberID
    /// The member's role when the certificate was issued. Invitations are judged by it offline;
    /// the hub judges by the role of the day. Nil for one that only a later version knows, which
    /// entitles to nothing.
    package let role: Role?
    package let validFrom: Position
    /// The device that this one replaces: the same laptop, restored from a backup or cloned.
    package let predecessor: DeviceID?
    /// The last batch of the predecessor that counts.
    package let predecessorLastSequence: UInt64

    package init(
        programme: ProgrammeID, key: PublicKey, member: MemberID, role: Role?,
        validFrom: Position, predecessor: DeviceID? = nil, predecessorLastSequence: UInt64 = 0
    ) {
        self.programme = programme
        self.key = key
        self.member = member
        self.role = role
        self.validFrom = validFrom
        self.predecessor = predecessor
        self.predecessorLastSequence = predecessorLastSequence
    }

    package var device: DeviceID { DeviceID(key) }

    package func sign(with hub: SigningKey) -> Signed {
        var message = Waymark_V1_Certificate()
        message.programme = programme.data
        message.key = Data(key.bytes)
        message.member = Data(member.bytes)
        message.role = role?.wire ?? 0
        if validFrom != .start { message.validFrom = validFrom.message }
        if let predecessor { message.predecessor = predecessor.data }
        message.predecessorLastSequence = predecessorLastSequence
        let bytes = message.encoded
        return Signed(
            certificateBytes: bytes, signature: hub.sign(bytes, domain: .certificate))
    }

    private init(_ message: Waymark_V1_Certificate) throws(WireError) {
        self.init(
            programme: try ProgrammeID(message.programme),
            key: try PublicKey(message.key, "key of a certificate"),
            member: try MemberID(message.member), role: Role(rawValue: Int64(message.role)),
            validFrom: try Position(message.validFrom),
            predecessor: message.predecessor.isEmpty
                ? nil : try DeviceID(message.predecessor, "predecessor of a certificate"),
            predecessorLastSequence: message.predecessorLastSequence)
    }

    /// A certificate as it travels and is stored.
    package struct Signed: Hashable, Sendable {
        package let certificateBytes: [UInt8]
        package let signature: Signature

        package init(certificateBytes: [UInt8], signature: Signature) {
            self.certificateBytes = certificateBytes
            self.signature = signature
        }

        package var encodedBytes: [UInt8] { message.encoded }

        package init(encodedBytes: [UInt8]) throws(WireError) {
            try Limit.bytes(
                encodedBytes.count, atMost: WireFormat.signedCertificateBytesMax, "certificate")
            try self.init(
                try Waymark_V1_SignedCertificate(reading: encodedBytes, "certificate"))
        }

        /// What it says, whoever signed it: for one that was verified before it was stored.
        package func unverified() throws(WireError) -> DeviceCertificate {
            try Limit.bytes(
                certificateBytes.count, atMost: WireFormat.certificateBytesMax, "certificate")
            return try DeviceCertificate(
                try Waymark_V1_Certificate(reading: certificateBytes, "certificate"))
        }

        /// Returns the certificate if the hub of its programme signed it.
        package func verify(hubKey: PublicKey) throws(WireError) -> DeviceCertificate {
            let certificate = try unverified()
            guard hubKey.isValid(signature, for: certificateBytes, domain: .certificate) else {
                throw WireError(.badSignature, "The hub did not sign the certificate.")
            }
            guard certificate.programme == ProgrammeID(hubKey: hubKey) else {
                throw WireError(
                    .wrongProgramme,
                    "The certificate belongs to programme \(certificate.programme.text).")
            }
            return certificate
        }

        var message: Waymark_V1_SignedCertificate {
            var message = Waymark_V1_SignedCertificate()
            message.certificate = Data(certificateBytes)
            message.signature = Data(signature.bytes)
            return message
        }

        init(_ message: Waymark_V1_SignedCertificate) throws(WireError) {
            self.init(
                certificateBytes: Array(message.certificate),
                signature: try Signature(message.signature, "signature of a certificate"))
        }
    }
}
