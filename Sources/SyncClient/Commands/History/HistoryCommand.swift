import ArgumentParser
import Model
import Replica

/// `waymark history`: every change of a record.
struct HistoryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show who changed what in a record, and when")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The id of any record, or its beginning")
    var record: RecordReference

    func run(in context: CommandContext) async throws {
        let (history, devices, isWhole) = try context.replica.read { reader in
            let found = try record.resolve(Schema.entities, in: reader, includesDead: true)
            let history = try reader.history(of: found.id).map { HistoryView(entry: $0) }
            var devices: [DeviceID: String] = [:]
            for device in try reader.devices() { devices[device.id] = device.name }
            return (history, devices, try !reader.lacksHistory(of: found.id))
        }
        if !isWhole {
            context.output.warn(
                "Older changes of this record may be missing; they come with the next syncs.")
        }
        if context.output.json {
            try context.output.writeJSON(.array(history.map(\.json)))
        } else {
            try context.output.writeOut(
                HistoryView.table(history, devices: devices, Presentation(context)),
                ifEmpty: "There are no changes.", inFull: true)
        }
    }
}
