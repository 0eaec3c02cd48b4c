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
                let state = try RecordState(
                    stored: row, entity: entity, table: table.entity.flatMap(EntityTable.of))
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
            let field = cell.key.field
            let stored = try storedText(field, of: record, state, scope.key)
            return SnapshotRecord.Attachment(
                text: stored.text, history: stored.history, of: field)
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
