import Model
import Replica

/// Shows feedback after it was given.
enum FeedbackOutput {
    static func show(_ id: RecordID, of entity: Entity, in context: CommandContext) throws {
        let view = try context.replica.read { reader in
            guard let record = try reader.record(id, of: entity) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return try FeedbackView(record, in: reader)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
