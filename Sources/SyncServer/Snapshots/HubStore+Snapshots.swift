import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

/// Snapshots that the hub has made, so that they are made once for many readers: the tables
/// `builtSnapshot` and `builtSnapshotPiece`. Nothing rests on them; they can be dropped at any time.
extension HubStore {
    /// A snapshot without its pieces.
    struct BuiltSnapshot {
        let key: Int64
        let signed: SnapshotHead.Signed
        let position: Position
        let pieceCount: Int
        /// Bytes of its pieces.
        let byteCount: Int
    }

    /// The snapshots of a scope, the latest first.
    func builtSnapshots(of scope: ScopeRow) throws -> [BuiltSnapshot] {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT key, head, signature, epoch, number, pieceCount, byteCount
                    FROM builtSnapshot WHERE scope = ? ORDER BY epoch DESC, number DESC
                    """), arguments: [scope.key])
        return try rows.map { row in
            guard let signature = Signature(bytes: [UInt8](row[2] as Data)),
                let position = Position(epoch: row[3] as Int64?, number: row[4] as Int64?)
            else { throw HubError(.damagedHub, "A snapshot is damaged.") }
            return BuiltSnapshot(
                key: row[0],
                signed: SnapshotHead.Signed(
                    headBytes: [UInt8](row[1] as Data), signature: signature),
                position: position, pieceCount: row[5], byteCount: row[6])
        }
    }

    func piece(_ number: Int, of snapshot: BuiltSnapshot) throws -> SnapshotPiece {
        let bytes = try Data.fetchOne(
            database.cachedStatement(
                sql: "SELECT bytes FROM builtSnapshotPiece WHERE snapshot = ? AND number = ?"),
            arguments: [snapshot.key, number])
        guard let bytes else { throw HubError(.damagedHub, "A piece of a snapshot is missing.") }
        return SnapshotPiece([UInt8](bytes))
    }

    /// Keeps a snapshot, and the one before it for those who are fetching that.
    func insert(_ draft: SnapshotDraft) throws {
        let scope = try tables.scope(draft.scope)
        for old in try builtSnapshots(of: scope).dropFirst() { try delete(old) }
        try database.execute(
            sql: """
                INSERT INTO builtSnapshot
                    (scope, epoch, number, head, signature, pieceCount, byteCount)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                scope.key, draft.position.columns.epoch, draft.position.columns.number,
                Data(draft.signed.headBytes), Data(draft.signed.signature.bytes),
                draft.pieces.count, draft.pieces.reduce(0) { $0 + $1.bytes.count },
            ])
        let key = database.lastInsertedRowID
        for (number, piece) in draft.pieces.enumerated() {
            try database.cachedStatement(
                sql: "INSERT INTO builtSnapshotPiece (snapshot, number, bytes) VALUES (?, ?, ?)"
            ).execute(arguments: [key, number, Data(piece.bytes)])
        }
    }

    /// Drops what was made of a scope, because something in it is not to be read any more.
    func dropSnapshots(of scope: ScopeRow) throws {
        for snapshot in try builtSnapshots(of: scope) { try delete(snapshot) }
    }

    private func delete(_ snapshot: BuiltSnapshot) throws {
        for sql in [
            "DELETE FROM builtSnapshotPiece WHERE snapshot = ?",
            "DELETE FROM builtSnapshot WHERE key = ?",
        ] {
            try database.cachedStatement(sql: sql).execute(arguments: [snapshot.key])
        }
    }

    // MARK: Whether one is worth it

    /// Whether the scope has become worth a snapshot, or another one.
    func isSnapshotMissing(of scope: ScopeRow, logBytesMin: Int) throws -> Bool {
        guard let latest = try builtSnapshots(of: scope).first else {
            return try costs(scope, after: .start, moreThan: logBytesMin) && !holdsReturned(scope)
        }
        // To make one costs about what it holds, so as much may come after it before that is worth
        // it.
        return try costs(
            scope, after: latest.position, moreThan: max(logBytesMin, latest.byteCount))
            && !holdsReturned(scope)
    }

    /// Whether the entries of a scope after a place take more in answers than this.
    func costs(_ scope: ScopeRow, after place: Position, moreThan bytes: Int) throws -> Bool {
        let sizes = try Int.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT length(bytes) + coalesce(length(admission), 0) FROM section
                    WHERE scope = ? AND released = 1 AND (epoch, number) > (?, ?)
                    """), arguments: [scope.key, place.columns.epoch, place.columns.number])
        var sum = 0
        while let size = try sizes.next() {
            sum += size + PageBuilder.entryOverheadBytes
            if sum > bytes { return true }
        }
        return false
    }

    /// Whether something stands in the scope that the hub had lost and got back. What contexts of
    /// lost places have seen can then only be told from the whole log.
    func holdsReturned(_ scope: ScopeRow) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM returned) AND EXISTS (
                        SELECT 1 FROM section JOIN batch USING (device, sequence)
                        WHERE section.scope = ? AND section.epoch > batch.epoch)
                    """), arguments: [scope.key]) ?? true
    }

    /// Devices of which something was released in the scope, each with the number of its last change
    /// there on which was decided.
    func lastNumbers(in scope: ScopeRow) throws -> [DeviceNumber] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT device, lastNumber FROM deviceProgress WHERE scope = ?1 AND device IN (
                    SELECT device FROM section WHERE scope = ?1 AND released = 1)
                ORDER BY device
                """, arguments: [scope.key]
        ).map {
            DeviceNumber(
                device: DeviceID(column: $0[0]), number: UInt64(bitPattern: $0[1] as Int64))
        }
    }
}
