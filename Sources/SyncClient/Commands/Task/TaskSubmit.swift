import ArgumentParser
import Model
import Replica

struct TaskSubmit: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Hand a task in for a mentor's review")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    @Option(help: "What you did, or a question; - reads standard input")
    var note: String?

    func run(in context: CommandContext) async throws {
        let text = try note.map { try context.textInput("note").read($0) }
        let oneself = try context.replica.identity.member
        try TaskChange.perform("task submit", on: task, in: context) { action, task in
            guard task.scope.participant == oneself else {
                throw CommandFailure(
                    .notAllowed, "Only the participant whom a task is for can submit it.",
                    hint: "Mark it done with: waymark task done \(task.id.shortText)")
            }
            try action.set(
                Fields.Task.status, of: task, to: .integer(TaskStatus.submitted.rawValue))
            if let text { try action.set(Fields.Task.note, of: task, to: .text(text)) }
        }
    }
}
