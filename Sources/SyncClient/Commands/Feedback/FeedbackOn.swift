import ArgumentParser
import Model
import Replica

struct FeedbackOn: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "on", abstract: "Comment on a participant's task (mentors)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    @Option(help: "What you want to say about it; - reads standard input")
    var comment: String?

    @Option(
        name: .customLong("score"),
        help: ArgumentHelp(
            "A score from 1 to 5, as in clarity=4; repeat it for more", valueName: "name=score"))
    var scores: [TaskScore] = []

    func validate() throws {
        var names: Set<String> = []
        for score in scores where !names.insert(score.name).inserted {
            throw ValidationError("--score names “\(score.name)” twice.")
        }
    }

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let id = try await context.textInput("comment").withText(comment) { comment in
            try replica.act("feedback on", at: context.now, isUndoable: false) { action in
                let task = try task.resolve(Schema.task, in: action.reader)
                var values: [FieldID: Value] = [
                    Fields.TaskFeedback.task: .reference(task.id),
                    Fields.TaskFeedback.comment: .text(comment),
                ]
                if !scores.isEmpty {
                    values[Fields.TaskFeedback.scores] = .list(scores.map(\.value))
                }
                return try action.create(Schema.taskFeedback, in: task.scope, values: values)
            }
        }
        try FeedbackOutput.show(id, of: Schema.taskFeedback, in: context)
    }
}

/// A named score from 1 to 5, typed as `clarity=4`.
struct TaskScore: ExpressibleByArgument, Hashable, Sendable {
    let name: String
    let points: Int64

    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="),
            let points = Digits.value(argument[argument.index(after: sign)...]),
            (1...5).contains(points)
        else { return nil }
        name = TerminalText.flattened(String(argument[..<sign]))
        guard !name.isEmpty, name.utf8.count <= Limits.shortTextBytesMax else { return nil }
        self.points = Int64(points)
    }

    var value: Value { .list([.text(name), .integer(points)]) }
}
