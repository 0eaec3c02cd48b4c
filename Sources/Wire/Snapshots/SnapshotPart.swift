import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// Consecutive pieces of a snapshot, as one answer brings them.
package struct SnapshotPart: Hashable, Sendable {
    package let scope: Scope
    /// Nil where the request has named the snapshot.
    package let head: SnapshotHead.Signed?
    /// Counted from 0.
    package let firstPiece: Int
    package let pieces: [SnapshotPiece]

    package init(
        scope: Scope, head: SnapshotHead.Signed?, firstPiece: Int, pieces: [SnapshotPiece]
    ) {
        self.scope = scope
        self.head = head
        self.firstPiece = firstPiece
        self.pieces = pieces
    }

    var message: Waymark_V1_SnapshotPart {
        var message = Waymark_V1_SnapshotPart()
        message.scope = scope.data
        if let head {
            message.head = Data(head.headBytes)
            message.signature = Data(head.signature.bytes)
        }
        message.firstPiece = UInt32(firstPiece)
        message.pieces = pieces.map { Data($0.bytes) }
        return message
    }

    init(_ message: Waymark_V1_SnapshotPart) throws(WireError) {
        try Limit.count(
            message.pieces.count, in: 0...Limits.snapshotPiecesMax, "pieces of a snapshot")
        for piece in message.pieces {
            try Limit.bytes(piece.count, atMost: WireFormat.snapshotPieceBytesMax, "piece")
        }
        try Limit.bytes(
            message.head.count, atMost: WireFormat.snapshotHeadBytesMax, "head of a snapshot")
        self.init(
            scope: try Scope(message.scope),
            head: message.head.isEmpty
                ? nil
                : SnapshotHead.Signed(
                    headBytes: Array(message.head),
                    signature: try Signature(message.signature, "signature of a snapshot")),
            firstPiece: Int(message.firstPiece),
            pieces: message.pieces.map { SnapshotPiece(Array($0)) })
    }
}

/// How far a device has come with a snapshot.
package struct SnapshotCursor: Hashable, Sendable {
    package let scope: Scope
    /// The id of its head.
    package let head: Digest
    /// How many pieces the device has, from the first.
    package let pieceCount: Int

    package init(scope: Scope, head: Digest, pieceCount: Int) {
        self.scope = scope
        self.head = head
        self.pieceCount = pieceCount
    }

    var message: Waymark_V1_SnapshotCursor {
        var message = Waymark_V1_SnapshotCursor()
        message.scope = scope.data
        message.head = head.data
        message.pieceCount = UInt32(pieceCount)
        return message
    }

    init(_ message: Waymark_V1_SnapshotCursor) throws(WireError) {
        self.init(
            scope: try Scope(message.scope),
            head: try Digest(message.head, "name of a snapshot"),
            pieceCount: Int(message.pieceCount))
    }
}

/// How far a device has come with what lies behind the snapshot of a scope.
package struct HistoryCursor: Hashable, Sendable {
    package let scope: Scope
    package let position: Position
    /// The snapshot's position, up to where it wants the entries.
    package let through: Position

    package init(scope: Scope, position: Position, through: Position) {
        self.scope = scope
        self.position = position
        self.through = through
    }

    var message: Waymark_V1_HistoryCursor {
        var message = Waymark_V1_HistoryCursor()
        message.scope = scope.data
        if position != .start { message.position = position.message }
        message.through = through.message
        return message
    }

    init(_ message: Waymark_V1_HistoryCursor) throws(WireError) {
        self.init(
            scope: try Scope(message.scope), position: try Position(message.position),
            through: try Position(message.through))
    }
}
