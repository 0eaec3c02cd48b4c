import ArgumentParser
import Model
import Replica

struct SyncCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Send what is unsent to the hub and fetch what is new",
        discussion: """
            With --watch it stays until it is stopped with Ctrl-C: it syncs whenever something was \
            written here or the hub says that there is something new, within a second. Other \
            commands work beside it as ever. With --json it then prints one document for each \
            thing that happens, each on a line of its own.
            """)

    @Option(help: ArgumentHelp("Where the hub is now, if it has moved", valueName: "url"))
    var hub: String?

    @Flag(help: "Stay, and sync whenever there is something to sync")
    var watch = false

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        if watch { return try await Watch(context, url: hub).run() }
        let replica = try context.replica
        let report = try await HubAccess(context, url: hub).sync()
        let now = context.presentMilliseconds
        let summary = try replica.read { try SyncSummary(report, reader: $0, now: now) }
        summary.warn(context.output)
        try context.output.write(json: summary.json, text: summary.text)
    }
}
