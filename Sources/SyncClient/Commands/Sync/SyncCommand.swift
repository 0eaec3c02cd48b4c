import ArgumentParser
import Model
import Replica

struct SyncCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Send what is unsent to the hub and fetch what is new")

    @Option(help: ArgumentHelp("Where the hub is now, if it has moved", valueName: "url"))
    var hub: String?

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let report = try await HubAccess(context, url: hub).sync()
        let summary = try replica.read { try SyncSummary(report, reader: $0) }
        summary.warn(context.output)
        try context.output.write(json: summary.json, text: summary.text)
    }
}
