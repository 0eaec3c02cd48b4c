import ArgumentParser
import Model
import Replica
import Wire

/// What the commands take that make an invitation.
struct InviteOptions: ParsableArguments {
    @Option(help: "The e-mail address of whom it is for")
    var email: String

    @Option(help: "Their name; they can change it when they join")
    var name: String?

    @Option(help: ArgumentHelp("How long it can be used", valueName: "duration"))
    var validFor = "24h"

    @OptionGroup var options: GlobalOptions

    func invite(_ role: Role, in context: CommandContext) throws {
        let email = try EmailInput(context: context).parse(email)
        let name = try name.map { try context.shortText($0, "name") }
        let issued = try InvitationIssue.make(
            .join(role), email: email, name: name, validFor: validFor, in: context)
        try context.output.write(
            json: [
                "id": .string(issued.id.text), "token": .string(issued.text),
                "role": .string(role.name), "email": .string(email),
                "expiresAt": .time(issued.expiresAt),
            ],
            text: InvitationIssue.text(issued))
        context.output.writeError(
            """
            It is for \(email) as \(role.name), once, \
            before \(try context.humanTime.stringWithZone(issued.expiresAt)).
            """)
    }
}

/// Making invitations and device links.
enum InvitationIssue {
    private static let hour: Int64 = 3_600_000

    /// From a minute to what the protocol allows.
    private static let validity = DurationInput(
        bounds: 60_000...Int64(Limits.invitationHoursMax) * hour)

    static func make(
        _ purpose: InvitationToken.Purpose, email: String?, name: String?, validFor: String,
        in context: CommandContext
    ) throws -> IssuedInvitation {
        let milliseconds = try validity.parse(validFor)
        let replica = try context.replica
        guard replica.identity.isRedeemed else {
            throw CommandFailure(
                .refused, code: "pending",
                "The hub does not know this device yet, so nobody would accept its invitations.",
                hint: "Run waymark sync first.")
        }
        return try replica.invite(
            purpose, email: email, name: name, validMilliseconds: milliseconds, at: context.now)
    }

    /// The token alone, so that it can be piped into a file or a messenger.
    static func text(_ issued: IssuedInvitation) -> TerminalText { TerminalText(issued.text) }
}
