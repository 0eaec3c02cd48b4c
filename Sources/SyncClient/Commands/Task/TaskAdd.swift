import ArgumentParser
import Model
import Replica

struct TaskAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Give a participant, or yourself, a task")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "What is to be done, in a few words")
    var title: String

    @Option(
        name: .customLong("for"),
        help: "The participant; a participant's own by default, or a mentor's only one")
    var participant: MemberReference?

    @Option(help: "When it is due, as in \"fri 18:00\" or 2026-12-01")
    var due: String?

    @Option(help: "More about it; - reads standard input")
    var details: String?

    @Option(help: "The skill that it trains")
    var skill: String?

    @Flag(help: "Only a mentor marks it done; the participant submits it")
    var review = false

    func run(in context: CommandContext) async throws {
        var values: [FieldID: Value] = [
            Fields.Task.title: .text(try context.shortText(title, "title")),
            Fields.Task.status: .integer(TaskStatus.open.rawValue),
            Fields.Task.review: .boolean(review),
        ]
        values[Fields.Task.details] = try details.map {
            .text(try context.textInput("details").read($0))
        }
        values[Fields.Task.skill] = try skill.map {
            .text(try context.shortText($0, "skill"))
        }
        values[Fields.Task.due] = try due.map {
            .integer(try context.timeInput.parse($0, dayMeans: .end))
        }
        let id = try context.replica.act("task add", at: context.now) { action in
            let participant = try TaskParticipant.resolve(participant, in: action.reader)
            guard !review || participant != action.reader.identity.member else {
                throw CommandFailure(
                    .notAllowed, code: "onlyMentorsReview",
                    "Only a mentor or an admin asks to review a task; nothing was added.",
                    hint: "Leave --review out; your mentors see the task all the same.")
            }
            return try action.create(Schema.task, in: .participant(participant), values: values)
        }
        try TaskChange.show(id, in: context)
    }
}
