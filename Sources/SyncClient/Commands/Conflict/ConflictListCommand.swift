import ArgumentParser
import Model
import Replica

struct ConflictListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List open conflicts, the latest first")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let conflicts = try context.replica.read { reader in
            try reader.conflicts().map { try ConflictView($0, in: reader) }
        }
        if context.output.json {
            try context.output.writeJSON(.array(conflicts.map(\.json)))
        } else {
            try context.output.writeOut(
                ConflictView.table(conflicts, Presentation(context)),
                ifEmpty: "There are no conflicts.")
        }
    }
}
