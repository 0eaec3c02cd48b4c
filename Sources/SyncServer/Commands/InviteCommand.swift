import ArgumentParser
import Model

struct InviteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Issue an invitation in the hub's name")

    @OptionGroup var options: HubOptions

    @Argument(help: "What the new member will be")
    var role: Role

    @Option(help: ArgumentHelp("Whom it is for", valueName: "address"))
    var email: String

    @Option(help: "Their name")
    var name: String?

    @Option(help: "How long it can be redeemed")
    var validFor = Span(hours: 24)

    func validate() throws { try EmailAddress.validate(email) }

    func run() throws {
        let hub = try Hub.open(options.folder)
        let invitation = try hub.invite(
            role, email: email, name: name, validMilliseconds: validFor.milliseconds,
            now: .ofThisMachine)
        try options.output.write(
            InvitationDocument(invitation), text: InvitationDocument(invitation).text)
    }
}

/// An invitation as `invite` and `device invite` print it.
struct InvitationDocument: Encodable {
    let id: String
    let token: String
    let expiresAt: String

    init(_ invitation: Hub.IssuedInvitation) {
        id = invitation.id.text
        token = invitation.text
        expiresAt = RFC3339Time.text(of: invitation.expiresAt)
    }

    var text: String { "\(token)\n\nIt can be redeemed once, before \(expiresAt)." }
}

extension Span {
    var defaultValueDescription: String { "\(milliseconds / 3_600_000)h" }
}
