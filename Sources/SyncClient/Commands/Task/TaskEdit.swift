import ArgumentParser
import Model
import Replica

struct TaskEdit: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change what a task says",
        discussion: "An empty text takes the details, the time or the skill away.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The task's id or its beginning")
    var task: RecordReference

    @Option(help: "What is to be done, in a few words")
    var title: String?

    @Option(help: "More about it; - reads standard input")
    var details: String?

    @Option(help: "When it is due, as in \"fri 18:00\" or 2026-12-01")
    var due: String?

    @Option(help: "The skill that it trains")
    var skill: String?

    func run(in context: CommandContext) async throws {
        var changes: [(field: FieldID, value: Value)] = []
        if let title {
            let text = try context.shortText(title, "title")
            changes.append((Fields.Task.title, .text(text)))
        }
        if let details {
            let text = try context.textInput("details", allowsEmpty: true).read(details)
            changes.append((Fields.Task.details, text.isEmpty ? .null : .text(text)))
        }
        if let due {
            let instant = due.isEmpty ? nil : try context.timeInput.parse(due, dayMeans: .end)
            changes.append((Fields.Task.due, instant.map { .integer($0) } ?? .null))
        }
        if let skill {
            let text = try context.shortText(skill, "skill", allowsEmpty: true)
            changes.append((Fields.Task.skill, text.isEmpty ? .null : .text(text)))
        }
        guard !changes.isEmpty else {
            throw CommandFailure(
                .usage, code: "nothingToChange", "Nothing was named that is to change.",
                hint: "Give one of --title, --details, --due and --skill.")
        }
        try TaskChange.perform("task edit", on: task, in: context) { action, task in
            for change in changes { try action.set(change.field, of: task, to: change.value) }
        }
    }
}
