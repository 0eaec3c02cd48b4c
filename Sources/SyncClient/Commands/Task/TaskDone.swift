import ArgumentParser
import Model
import Replica

struct TaskDone: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "Mark a task done")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    func run(in context: CommandContext) async throws {
        let oneself = try context.replica.identity.member
        try TaskChange.perform("task done", on: task, in: context) { action, task in
            // The hub decides the same way; here the person also learns what to do instead.
            guard task.scope.participant != oneself || !task.isTrue(Fields.Task.review) else {
                throw CommandFailure(
                    .refused, code: RefusalReason.reviewRequired.code,
                    RefusalReason.reviewRequired.sentence,
                    hint: "Hand it in with: waymark task submit \(task.id.shortText)")
            }
            try action.set(
                Fields.Task.status, of: task, to: .integer(TaskStatus.done.rawValue))
        }
    }
}
