import ArgumentParser
import Model
import Replica

struct ProfileShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a profile")

    @Argument(help: ArgumentHelp("Whose; yours unless given", valueName: "who"))
    var member: MemberReference?

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        try ProfileShow.show(context) { try member?.resolve(in: $0) ?? $0.identity.member }
    }

    /// Prints the profile of the member that the closure finds.
    static func show(
        _ context: CommandContext, of find: (ReplicaReader) throws -> MemberID
    ) throws {
        let person = try context.replica.read { reader in
            let member = try find(reader)
            guard let person = try reader.person(member) else {
                throw CommandFailure(
                    .refused, code: "unknownMember",
                    "The profile of \(member.shortText) is not in this replica yet.",
                    hint: "Run waymark sync.")
            }
            return person
        }
        try context.output.write(json: person.profileJSON, text: person.profileText)
    }
}
