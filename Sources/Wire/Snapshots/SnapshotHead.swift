package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// What the hub says of a snapshot: which scope, up to where, how it stood there, and the hashes of
/// the pieces in which its records come. `protocol/snapshots.md` describes the whole of it.
///
/// Nothing of a piece is used before its hash was found in a head that the hub has signed.
package struct SnapshotHead: Hashable, Sendable {
    package let programme: ProgrammeID
    package let scope: Scope
    /// What was released in the scope up to here is in it, and nothing else.
    package let position: Position
    /// Where the scope's first entry stands.
    package let opened: Position
    package let chain: Digest
    package let stateHash: StateHash
    /// Bytes of all pieces after inflating.
    package let byteCount: Int
    package let recordCount: Int
    package let pieceHashes: [Digest]

    package init(
        programme: ProgrammeID, scope: Scope, position: Position, opened: Position, chain: Digest,
        stateHash: StateHash, byteCount: Int, recordCount: Int, pieceHashes: [Digest]
    ) {
        self.programme = programme
        self.scope = scope
        self.position = position
        self.opened = opened
        self.chain = chain
        self.stateHash = stateHash
        self.byteCount = byteCount
        self.recordCount = recordCount
        self.pieceHashes = pieceHashes
    }

    package func sign(with hub: SigningKey) -> Signed {
        var message = Waymark_V1_SnapshotHead()
        message.programme = programme.data
        message.scope = scope.data
        message.position = position.message
        message.opened = opened.message
        message.chain = chain.data
        message.stateHash = Data(stateHash.bytes)
        message.byteCount = UInt64(byteCount)
        message.recordCount = UInt64(recordCount)
        message.pieceHashes = pieceHashes.map(\.data)
        let bytes = message.encoded
        return Signed(headBytes: bytes, signature: hub.sign(bytes, domain: .snapshot))
    }

    /// A head as it travels and is stored.
    package struct Signed: Hashable, Sendable {
        package let headBytes: [UInt8]
        package let signature: Signature
        /// The hash of the head; it names the snapshot in requests.
        package let id: Digest

        package init(headBytes: [UInt8], signature: Signature) {
            self.headBytes = headBytes
            self.signature = signature
            id = Digest.of(headBytes, domain: .snapshotHead)
        }

        /// Returns the head if the hub of its programme signed it and it can be true.
        package func verify(hubKey: PublicKey) throws(WireError) -> SnapshotHead {
            try Limit.bytes(
                headBytes.count, atMost: WireFormat.snapshotHeadBytesMax, "head of a snapshot")
            guard hubKey.isValid(signature, for: headBytes, domain: .snapshot) else {
                throw WireError(.badSignature, "The hub did not sign the head of the snapshot.")
            }
            let head = try SnapshotHead(
                try Waymark_V1_SnapshotHead(reading: headBytes, "head of a snapshot"))
            guard head.programme == ProgrammeID(hubKey: hubKey) else {
                throw WireError(
                    .wrongProgramme, "The snapshot belongs to programme \(head.programme.text).")
            }
            return head
        }
    }

    private init(_ message: Waymark_V1_SnapshotHead) throws(WireError) {
        try Limit.count(
            message.pieceHashes.count, in: 1...Limits.snapshotPiecesMax, "pieces of a snapshot")
        let bytesMax = UInt64(message.pieceHashes.count * Limits.snapshotPieceBytesMax)
        guard message.byteCount <= bytesMax, message.recordCount <= message.byteCount else {
            throw WireError(.malformed, "The snapshot states more than its pieces can hold.")
        }
        guard let stateHash = StateHash(bytes: Array(message.stateHash)) else {
            throw WireError(.malformed, "The state hash of a snapshot has 32 bytes.")
        }
        self.init(
            programme: try ProgrammeID(message.programme), scope: try Scope(message.scope),
            position: try Position(message.position), opened: try Position(message.opened),
            chain: try Digest(message.chain, "chain of a snapshot"), stateHash: stateHash,
            byteCount: Int(message.byteCount), recordCount: Int(message.recordCount),
            pieceHashes: try message.pieceHashes.map { hash throws(WireError) in
                try Digest(hash, "hash of a piece")
            })
        guard .start < opened, opened <= position, chain != .zero else {
            throw WireError(.malformed, "The snapshot is of a scope without an entry.")
        }
    }
}
