import ArgumentParser
import Model
import Replica

struct TaskDelete: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a task; undo brings it back")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    func run(in context: CommandContext) async throws {
        try RecordDeletion.perform(
            "task delete", of: task, Schema.task, as: TaskView.self, in: context
        ) { $0.record.text(Fields.Task.title) ?? "" }
    }
}
