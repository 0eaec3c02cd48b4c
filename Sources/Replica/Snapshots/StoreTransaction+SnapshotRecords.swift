import Foundation
import GRDB
import Model
package import Wire

/// Records on their way into a snapshot and out of it.
extension StoreTransaction {
    /// Hands out all records of a scope that have admitted cells, with their texts' histories, until the body returns false.
    package func forEachAdmittedRecord(
        in scope: ScopeRow, _ body: (SnapshotRecord) throws -> Bool
    ) throws {
        try flush()
        let tables: [(entity: EntityID?, select: String)] =
            Schema.entities.compactMap { entity in
                EntityTable.of(entity.id).map { (entity.id, $0.selectSQL) }
            } + [(nil, ForeignTable.selectSQL)]
        for table in tables {
            let rows = try Row.fetchCursor(
                database, sql: table.select + " WHERE scope = ? ORDER BY id",
                arguments: [scope.key])
            while let row = try rows.next() {
                guard let record = RecordID(bytes: row[1] as Data),
                    let entity = table.entity
                        ?? RecordState.entity(stored: [UInt8](row[6] as Data))
                else { throw ReplicaError(.damaged, "record") }
                let state = try RecordState(stored: row, entity: entity)
                guard state.hasAdmitted else { continue }
                let item = SnapshotRecord(
                    record: record, canonicalBytes: state.canonicalBytes,
                    attachments: try textHistories(of: record, state, in: scope))
                if try !body(item) { return }
            }
        }
    }

    /// The histories of the texts that were edited since they were written.
    private func textHistories(
        of record: RecordID, _ state: RecordState, in scope: ScopeRow
    ) throws -> [SnapshotRecord.Attachment] {
        try state.cells.compactMap { cell in
            guard cell.key.kind == .text, case .bytes = cell.content else { return nil }
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT history, base FROM textHistory
                        WHERE scope = ? AND record = ? AND entity = ? AND field = ?
                        """),
                arguments: [
                    scope.key, Data(record.bytes), Int64(state.entity.rawValue),
                    Int64(cell.key.field.rawValue),
                ])
            guard let row else { throw ReplicaError(.damaged, record.text) }
            let base = try (row[1] as Data?).map { try TextArchive.text([UInt8]($0)) }
            return SnapshotRecord.Attachment(
                text: base ?? state.texts[cell.key.field]?.text ?? "",
                history: [UInt8](row[0] as Data), of: cell.key.field)
        }
    }
}

extension SnapshotRecord {
    /// The texts of which it brings the history.
    func texts() throws(WireError) -> [FieldID: FieldText] {
        var texts: [FieldID: FieldText] = [:]
        for attachment in attachments {
            if let document = try attachment.document() {
                texts[attachment.field] = FieldText(document)
            }
        }
        return texts
    }
}
