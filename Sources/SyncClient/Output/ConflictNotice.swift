import Model
import Replica

/// Makes conflicts seen where people read and write records, not in their list alone.
enum ConflictNotice {
    /// The line in the sheet of a record, nil where nothing is in conflict.
    static func line(_ fieldCount: Int) -> TerminalText? {
        guard fieldCount > 0 else { return nil }
        let fields = SyncSummary.counted(fieldCount, "field")
        return "\("in \(fields)", .warning); see waymark conflict list"
    }

    /// What stands before the last cell of a record's row: its end may be cut off.
    static func mark(_ fieldCount: Int) -> TerminalText {
        fieldCount > 0 ? "\("(conflict)", .warning) " : ""
    }

    /// Says which conflicts an edit has settled, and where the values are that do not stand.
    ///
    /// - Parameters:
    ///   - before: the fields that were in conflict before the edit.
    ///   - record: the record that was edited.
    ///   - entity: its entity.
    ///   - context: where to look and to tell it.
    /// - Throws: ``ReplicaError`` where the replica cannot be read.
    static func tellSettled(
        _ before: Set<FieldID>, of record: RecordID, _ entity: Entity, in context: CommandContext
    ) throws {
        guard !before.isEmpty else { return }
        let after = try context.replica.read { try $0.fieldsInConflict(of: record, entity.id) }
        let settled = before.subtracting(after).sorted()
            .map { FieldValue.name(of: $0, in: entity.id) }
        guard !settled.isEmpty else { return }
        context.output.writeError(
            """
            This settled the conflict in \(settled.joined(separator: ", ")); the other values \
            are in waymark history \(record.shortText)
            """)
    }
}
