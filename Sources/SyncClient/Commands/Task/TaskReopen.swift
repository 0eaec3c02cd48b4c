import ArgumentParser
import Model
import Replica

struct TaskReopen: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen", abstract: "Open a task again that was submitted or done")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    func run(in context: CommandContext) async throws {
        try TaskChange.perform("task reopen", on: task, in: context) { action, task in
            try action.set(
                Fields.Task.status, of: task, to: .integer(TaskStatus.open.rawValue))
        }
    }
}
