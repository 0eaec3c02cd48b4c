import Cryptography
import Model
import Replica
import Wire

/// A snapshot that was made and not kept yet.
struct SnapshotDraft: Sendable {
    let scope: Scope
    let position: Position
    let signed: SnapshotHead.Signed
    let pieces: [SnapshotPiece]
}

extension SnapshotDraft {
    /// Makes a snapshot of a scope as it stands at the head of the log.
    ///
    /// - Returns: nil where the scope has no entry, or has grown beyond what a snapshot can hold.
    init?(
        of scope: Scope, from store: HubStore, programme: ProgrammeID, key: SigningKey,
        pieceBytes: Int
    ) throws {
        guard let row = try store.opened(scope), let opened = row.opened else { return nil }
        var writer = SnapshotWriter(
            devices: try store.lastNumbers(in: row), pieceBytes: pieceBytes)
        var isTooLarge = false
        try store.tables.forEachAdmittedRecord(in: row) { record in
            writer.append(record)
            isTooLarge = writer.pieces.count > Limits.snapshotPiecesMax
            return !isTooLarge
        }
        writer.finish()
        guard !isTooLarge, writer.pieces.count <= Limits.snapshotPiecesMax else { return nil }
        self.scope = scope
        position = try store.head()
        pieces = writer.pieces
        signed = SnapshotHead(
            programme: programme, scope: scope, position: position, opened: opened,
            chain: row.chain, stateHash: row.stateHash, byteCount: writer.byteCount,
            recordCount: writer.recordCount, pieceHashes: pieces.map(\.hash)
        ).sign(with: key)
    }
}
