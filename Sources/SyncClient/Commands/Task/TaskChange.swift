import Model
import Replica

/// Changes one task, then shows what it has become.
enum TaskChange {
    /// The name says for `undo` what the person does; the change gets the task as it is.
    static func perform(
        _ name: String, on reference: RecordReference, in context: CommandContext,
        change: (inout Action, StoredRecord) throws -> Void
    ) throws {
        let (id, conflicts, isUnchanged) = try context.replica.act(name, at: context.now) {
            action in
            let task = try reference.resolve(Schema.task, in: action.reader)
            let conflicts = try action.reader.fieldsInConflict(of: task.id, task.entity)
            try change(&action, task)
            return (task.id, conflicts, action.isEmpty)
        }
        if isUnchanged { SaveNotice.tellUnchanged("task", in: context) }
        try ConflictNotice.tellSettled(conflicts, of: id, Schema.task, in: context)
        try show(id, in: context)
    }

    static func show(_ id: RecordID, in context: CommandContext) throws {
        let view = try context.replica.read { reader in
            guard let task = try reader.record(id, of: Schema.task) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return try TaskView(task, in: reader)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}

extension Action {
    /// Gives a field of a record a value; of a text, over the version that its author had seen.
    mutating func set(
        _ field: FieldID, of record: StoredRecord, to value: Value, seen: TextVersion? = nil
    ) throws {
        guard let entity = Schema.entity(record.entity) else { return }
        try set(field, of: record.id, entity, in: record.scope, to: value, seen: seen)
    }
}
