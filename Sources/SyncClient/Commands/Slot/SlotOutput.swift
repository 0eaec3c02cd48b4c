import Model
import Replica

/// Shows slots after they were read or changed.
enum SlotOutput {
    static func show(_ id: RecordID, in context: CommandContext) throws {
        let record = try context.replica.read { reader in
            guard let record = try reader.record(id, of: Schema.slot) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return record
        }
        let view = SlotView(record, now: StartClock(context).now)
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
