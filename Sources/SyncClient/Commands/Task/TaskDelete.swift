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
        let view = try context.replica.act("task delete", at: context.now) { action in
            let task = try task.resolve(Schema.task, in: action.reader)
            let view = try TaskView(task, in: action.reader)
            action.delete(task.id, Schema.task, in: task.scope)
            return view
        }
        try context.output.write(
            json: view.json.adding(["deleted": true]),
            text: """
                Deleted the task \(view.record.text(Fields.Task.title) ?? "", .emphasis)
                Bring it back with: waymark undo
                """)
    }
}
