import ArgumentParser
import Model
import Replica

struct MentorshipList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List mentorships")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let mentorships = try context.replica.read { reader in
            let names = try reader.names()
            return try reader.records(of: Schema.mentorship)
                .map { try MentorshipRecord($0, names: names, in: reader) }
        }
        if context.output.json {
            return try context.output.writeJSON(.array(mentorships.map(\.json)))
        }
        var table = TextTable(["ID", "STATE", "MENTOR", "PARTICIPANT", "STAGE"])
        for mentorship in mentorships {
            table.add([
                TerminalText(mentorship.record.id.shortText), TerminalText(mentorship.stateName),
                TerminalText(mentorship.name(of: mentorship.mentor) ?? ""),
                TerminalText(mentorship.name(of: mentorship.participant) ?? ""),
                "\(ConflictNotice.mark(mentorship.conflictCount))\(mentorship.stage ?? "")",
            ])
        }
        try context.output.writeOut(table, ifEmpty: "No mentorships.")
    }
}
