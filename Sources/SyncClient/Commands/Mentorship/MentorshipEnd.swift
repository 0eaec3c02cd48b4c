import ArgumentParser
import Model
import Replica

struct MentorshipEnd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End a mentorship",
        discussion: """
            With the next sync the participant's tasks and entries leave the mentor's laptop; an \
            admin can assign them again.
            """)

    @Argument(help: ArgumentHelp("The mentorship", valueName: "id"))
    var mentorship: RecordReference

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let id = try context.replica.act(
            "mentorship end", at: context.now, isUndoable: false
        ) { action in
            let record = try mentorship.resolve(Schema.mentorship, in: action.reader)
            guard !record.isTrue(Fields.Mentorship.ended) else {
                throw CommandFailure(
                    .refused, code: "alreadyEnded",
                    "The mentorship \(record.id.shortText) has ended already.")
            }
            try action.set(
                Fields.Mentorship.ended, of: record.id, Schema.mentorship, in: record.scope,
                to: .boolean(true))
            return record.id
        }
        try MentorshipGroup.show(id, in: context)
    }
}
