import ArgumentParser
import Model
import Replica

struct ConflictShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all values of a conflict in full")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The conflict's id or its beginning")
    var conflict: ConflictReference

    func run(in context: CommandContext) async throws {
        let view = try context.replica.read { reader in
            try ConflictView(try conflict.resolve(in: reader), in: reader, inFull: true)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
