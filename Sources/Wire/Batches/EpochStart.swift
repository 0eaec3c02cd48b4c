package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// The hub's statement that an epoch of its order begins after a place: how devices, and a hub that
/// was set back once more, know which places are in the order.
package struct EpochStart: Hashable, Sendable {
    package let programme: ProgrammeID
    package let epoch: UInt32
    /// The last place before it.
    package let branch: Position

    package init(programme: ProgrammeID, epoch: UInt32, branch: Position) {
        self.programme = programme
        self.epoch = epoch
        self.branch = branch
    }

    /// What a hub's own log goes on from where it has none: the hub lost everything but its key, and
    /// opened this epoch. Only the first batch of all has nothing before it.
    package static func origin(of epoch: UInt32, in programme: ProgrammeID) -> Digest {
        let number = (0..<4).reversed().map { UInt8(truncatingIfNeeded: epoch >> ($0 * 8)) }
        return Digest.of(programme.bytes + number, domain: .epochOrigin)
    }

    package func sign(with hub: SigningKey) -> Signed {
        var message = Waymark_V1_EpochStart()
        message.programme = programme.data
        message.epoch = epoch
        if branch != .start { message.branch = branch.message }
        let bytes = message.encoded
        return Signed(startBytes: bytes, signature: hub.sign(bytes, domain: .epoch))
    }

    /// A statement as it travels and is stored.
    package struct Signed: Hashable, Sendable {
        package let startBytes: [UInt8]
        package let signature: Signature

        package var encodedBytes: [UInt8] { message.encoded }

        package init(startBytes: [UInt8], signature: Signature) {
            self.startBytes = startBytes
            self.signature = signature
        }

        package init(encodedBytes: [UInt8]) throws(WireError) {
            try Limit.bytes(
                encodedBytes.count, atMost: WireFormat.signedEpochStartBytesMax,
                "start of an epoch")
            try self.init(
                try Waymark_V1_SignedEpochStart(reading: encodedBytes, "start of an epoch"))
        }

        /// Returns the statement if the hub of its programme signed it and it can be true.
        package func verify(hubKey: PublicKey) throws(WireError) -> EpochStart {
            try Limit.bytes(
                startBytes.count, atMost: WireFormat.epochStartBytesMax, "start of an epoch")
            guard hubKey.isValid(signature, for: startBytes, domain: .epoch) else {
                throw WireError(.badSignature, "The hub did not sign the start of the epoch.")
            }
            let message = try Waymark_V1_EpochStart(reading: startBytes, "start of an epoch")
            let start = EpochStart(
                programme: try ProgrammeID(message.programme), epoch: message.epoch,
                branch: try Position(message.branch))
            guard start.programme == ProgrammeID(hubKey: hubKey) else {
                throw WireError(
                    .wrongProgramme, "The epoch belongs to programme \(start.programme.text).")
            }
            guard start.branch.epoch < start.epoch, start.epoch > Lineage.firstEpoch else {
                throw WireError(.malformed, "An epoch begins before what it follows.")
            }
            guard start.epoch <= Lineage.epochMax else {
                throw WireError(.malformed, "The number of an epoch is too large.")
            }
            return start
        }

        var message: Waymark_V1_SignedEpochStart {
            var message = Waymark_V1_SignedEpochStart()
            message.start = Data(startBytes)
            message.signature = Data(signature.bytes)
            return message
        }

        init(_ message: Waymark_V1_SignedEpochStart) throws(WireError) {
            self.init(
                startBytes: Array(message.start),
                signature: try Signature(message.signature, "signature of an epoch's start"))
        }
    }
}
