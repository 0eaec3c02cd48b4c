import ArgumentParser
import Model
import Replica

struct TaskShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a task in full")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    @OptionGroup var at: VersionOption

    func run(in context: CommandContext) async throws {
        let view = try context.replica.read { reader in
            let present = try task.resolve(Schema.task, in: reader)
            let old = try at.find(present.id, of: Schema.task, in: reader)
            return try TaskView(old ?? present, in: reader, version: at.label)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
