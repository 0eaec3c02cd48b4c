import Model
import Replica

/// Shows bookings after they were read or acted upon.
enum BookingOutput {
    static func show(_ id: RecordID, in context: CommandContext) throws {
        let outlook = try context.replica.read { reader in
            guard let booking = try reader.record(id, of: Schema.booking),
                let outlook = try reader.outlook(of: booking)
            else { throw ReplicaError(.unknownRecord, id.text) }
            return outlook
        }
        let view = BookingView(outlook)
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
