import ArgumentParser
import Model
import Replica

struct TaskShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a task in full")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    func run(in context: CommandContext) async throws {
        let id = try context.replica.read { try task.resolve(Schema.task, in: $0).id }
        try TaskChange.show(id, in: context)
    }
}
