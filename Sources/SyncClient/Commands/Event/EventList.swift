import ArgumentParser
import Model
import Replica

struct EventList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List your events, the earliest first",
        discussion: "Those that are over are left out unless --from says otherwise.")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only those that end after this time; now by default")
    var from: String?

    @Option(help: "Only those that start up to this time")
    var to: String?

    func run(in context: CommandContext) async throws {
        let start =
            try from.map { try context.timeInput.parse($0) } ?? context.presentMilliseconds
        let end = try to.map { try context.timeInput.parse($0, dayMeans: .end) } ?? .max
        let events = try context.replica.read { try EventView.all(in: $0) }
            .filter { $0.end > start && $0.start <= end }
        if context.output.json {
            return try context.output.writeJSON(.array(events.map(\.json)))
        }
        try context.output.writeOut(
            EventView.table(events, Presentation(context)), ifEmpty: "There are no such events.")
    }
}
