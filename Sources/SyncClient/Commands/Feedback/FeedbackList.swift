import ArgumentParser
import Model
import Replica

struct FeedbackList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List feedback, the latest first")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only on this booking or task")
    var about: RecordReference?

    func run(in context: CommandContext) async throws {
        let feedback = try context.replica.read { reader in
            let about = try about?.resolve([Schema.booking, Schema.task], in: reader).id
            let records =
                try reader.records(of: Schema.feedback)
                + reader.records(of: Schema.taskFeedback)
            return try records.map { try FeedbackView($0, in: reader) }
                .filter { about == nil || $0.about == about }
                .sorted {
                    ($0.record.createdAt, $0.record.id) > ($1.record.createdAt, $1.record.id)
                }
        }
        if context.output.json {
            try context.output.writeJSON(.array(feedback.map(\.json)))
        } else {
            try context.output.writeOut(
                FeedbackView.table(feedback, Presentation(context)),
                ifEmpty: "There is no such feedback.")
        }
    }
}
