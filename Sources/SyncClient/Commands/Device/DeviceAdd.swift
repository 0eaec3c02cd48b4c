import ArgumentParser
import Model
import Replica
import Wire

struct DeviceAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a token with which another laptop becomes yours",
        discussion: "On the other laptop, run waymark join with it.")

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Whose laptop it will be; admins only", valueName: "who"))
    var member: MemberReference?

    @Option(help: ArgumentHelp("How long the token can be used", valueName: "duration"))
    var validFor = "24h"

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let own = replica.identity.member
        let (owner, person) = try replica.read { reader in
            let owner = try member?.resolve(in: reader) ?? own
            return (owner, try reader.person(owner))
        }
        let issued = try InvitationIssue.make(
            .link(owner), email: person?.email, name: person?.name, validFor: validFor,
            in: context)
        try context.output.write(
            json: [
                "id": .string(issued.id.text), "token": .string(issued.text),
                "for": .string(owner.text), "expiresAt": .time(issued.expiresAt),
            ],
            text: InvitationIssue.text(issued))
        context.output.writeError(
            """
            Whoever has it becomes \(person?.name ?? "you"), once, \
            before \(try context.humanTime.stringWithZone(issued.expiresAt)).
            """)
    }
}
