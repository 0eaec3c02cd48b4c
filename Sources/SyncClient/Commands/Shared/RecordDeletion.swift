import Model
import Replica

/// Deletes a record that `undo` brings back, then says what it was.
enum RecordDeletion {
    static func perform<View: EditedRecordView>(
        _ name: String, of reference: RecordReference, _ entity: Entity, as: View.Type,
        in context: CommandContext, title: (View) -> String
    ) throws {
        let view = try context.replica.act(name, at: context.now) { action in
            let record = try reference.resolve(entity, in: action.reader)
            let view = try View(record, in: action.reader)
            action.delete(record.id, entity, in: record.scope)
            return view
        }
        try context.output.write(
            json: view.json.adding(["deleted": true]),
            text: """
                Deleted the \(RecordReference.noun(of: entity)) \(title(view), .emphasis)
                Bring it back with: waymark undo
                """)
    }
}
