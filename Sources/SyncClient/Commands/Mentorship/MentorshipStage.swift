import ArgumentParser
import Model
import Replica

struct MentorshipStage: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage", abstract: "Say where a mentorship stands")

    @Argument(help: ArgumentHelp("The mentorship", valueName: "id"))
    var mentorship: RecordReference

    @Argument(help: "Where it stands, in a few words; an empty text clears it")
    var text: String

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let stage = try context.shortText(text, "stage", allowsEmpty: true)
        let (id, conflicts) = try context.replica.act(
            "mentorship stage", at: context.now
        ) { action in
            let record = try mentorship.resolve(Schema.mentorship, in: action.reader)
            let conflicts = try action.reader.fieldsInConflict(of: record.id, record.entity)
            try action.set(
                Fields.Mentorship.stage, of: record.id, Schema.mentorship, in: record.scope,
                to: stage.isEmpty ? .null : .text(stage))
            return (record.id, conflicts)
        }
        try ConflictNotice.tellSettled(conflicts, of: id, Schema.mentorship, in: context)
        try MentorshipGroup.show(id, in: context)
    }
}
