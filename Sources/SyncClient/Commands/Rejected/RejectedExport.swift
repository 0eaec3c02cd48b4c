import ArgumentParser
import Foundation
import Model
import Replica

struct RejectedExport: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write what the hub refused into a file, as JSON Lines")

    @Option(help: ArgumentHelp("The file; it must not exist", valueName: "file"))
    var to: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard !to.isEmpty else { throw ValidationError("--to is empty; it takes a file.") }
    }

    func run(in context: CommandContext) async throws {
        let items = try context.replica.read { try $0.rejectedItems() }
        let text = items.map { $0.json.serialized + "\n" }.joined()
        try ExportFile.write(Data(text.utf8), to: to)
        try context.output.write(
            json: ["file": .string(to), "items": JSONValue(items.count)],
            text: "Wrote \(SyncSummary.counted(items.count, "item")) to \(to).")
    }
}
