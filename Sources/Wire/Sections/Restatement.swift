package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// What the hub says of a section from which texts were erased: which bytes stand for those that
/// the author had signed. `protocol/erasure.md` describes it.
package struct Restatement: Hashable, Sendable {
    package let programme: ProgrammeID
    /// The id of the section's batch.
    package let batch: Digest
    /// The hash of the section's bytes as its author sealed them, as it stands in the header.
    package let section: Digest
    /// The hash of the bytes that stand for them.
    package let restated: Digest
    /// Where the latest erasure in it stands.
    package let position: Position
    /// Of the erased changes, counted from 0 through all change sets; ascending, at least one.
    package let places: [Int]

    package init(
        programme: ProgrammeID, batch: Digest, section: Digest, restated: Digest,
        position: Position, places: [Int]
    ) {
        self.programme = programme
        self.batch = batch
        self.section = section
        self.restated = restated
        self.position = position
        self.places = places
    }

    package func sign(with hub: SigningKey) -> Signed {
        var message = Waymark_V1_Restatement()
        message.programme = programme.data
        message.batch = batch.data
        message.section = section.data
        message.restated = restated.data
        message.position = position.message
        message.places = places.map(UInt32.init)
        let bytes = message.encoded
        return Signed(
            bytes: bytes, signature: hub.sign(bytes, domain: .restatement), hubKey: hub.publicKey)
    }

    /// A restatement as it travels and is stored.
    package struct Signed: Hashable, Sendable {
        package let bytes: [UInt8]
        package let signature: Signature
        package let hubKey: PublicKey

        package var encodedBytes: [UInt8] { message.encoded }

        init(bytes: [UInt8], signature: Signature, hubKey: PublicKey) {
            self.bytes = bytes
            self.signature = signature
            self.hubKey = hubKey
        }

        package init(encodedBytes: [UInt8]) throws(WireError) {
            try Limit.bytes(
                encodedBytes.count, atMost: WireFormat.restatementBytesMax, "restatement")
            try self.init(Waymark_V1_SignedRestatement(reading: encodedBytes, "restatement"))
        }

        /// Returns the restatement if the hub of this programme signed it.
        package func verify(programme: ProgrammeID) throws(WireError) -> Restatement {
            guard ProgrammeID(hubKey: hubKey) == programme,
                hubKey.isValid(signature, for: bytes, domain: .restatement)
            else { throw WireError(.badSignature, "The hub did not sign the restatement.") }
            let restatement = try unverified()
            guard restatement.programme == programme else {
                throw WireError(
                    .wrongProgramme,
                    "The restatement belongs to programme \(restatement.programme.text).")
            }
            return restatement
        }

        /// What is said, without believing it.
        package func unverified() throws(WireError) -> Restatement {
            let message = try Waymark_V1_Restatement(reading: bytes, "restatement")
            try Limit.count(
                message.places.count, in: 1...Limits.sectionChangesMax, "erased changes")
            for (left, right) in zip(message.places, message.places.dropFirst())
            where left >= right {
                throw WireError(.malformed, "The places of a restatement do not ascend.")
            }
            return Restatement(
                programme: try ProgrammeID(message.programme),
                batch: try Digest(message.batch, "batch of a restatement"),
                section: try Digest(message.section, "section of a restatement"),
                restated: try Digest(message.restated, "restated section"),
                position: try Position(message.position), places: message.places.map(Int.init))
        }

        var message: Waymark_V1_SignedRestatement {
            var message = Waymark_V1_SignedRestatement()
            message.restatement = Data(bytes)
            message.signature = Data(signature.bytes)
            message.hubKey = Data(hubKey.bytes)
            return message
        }

        init(_ message: Waymark_V1_SignedRestatement) throws(WireError) {
            try Limit.bytes(
                message.restatement.count, atMost: WireFormat.restatementBytesMax, "restatement")
            guard let hubKey = PublicKey(bytes: Array(message.hubKey)) else {
                throw WireError(.malformed, "The key of a restatement is none.")
            }
            self.init(
                bytes: Array(message.restatement),
                signature: try Signature(message.signature, "signature of a restatement"),
                hubKey: hubKey)
        }
    }
}
