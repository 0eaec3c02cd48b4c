import ArgumentParser
import Model

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a new hub and an invitation for its first admin")

    @OptionGroup var options: HubOptions

    @Option(help: "The programme's name")
    var name: String

    @Option(help: ArgumentHelp("The first admin's e-mail address", valueName: "address"))
    var adminEmail: String

    @Option(help: "Where members reach the hub; with a proxy, the address of the proxy")
    var url = "https://127.0.0.1:8470"

    @Flag(help: "A proxy in front of the hub holds a certificate that browsers trust")
    var behindProxy = false

    func validate() throws {
        guard !name.isEmpty, name.utf8.count <= Limits.shortTextBytesMax else {
            throw ValidationError("A programme's name has 1 to 1024 bytes.")
        }
        try EmailAddress.validate(adminEmail)
    }

    func run() throws {
        let isReadable = try HubIdentity.isReadableByOthers(url)
        guard !isReadable || behindProxy else {
            throw HubError(
                .usage, "At \(url) everything that members send would be readable on the way.",
                hint: "Write https:// instead. Where a proxy does the encryption, add "
                    + "--behind-proxy and name the proxy's address, which begins with https://, too."
            )
        }
        if isReadable {
            options.output.note(
                "Members' laptops will send everything to \(url) without encryption. That is right "
                    + "only where the line itself is encrypted, as in a VPN; a proxy that does the "
                    + "encryption has an address with https://.")
        }
        let findsKey = options.folder.holdsKey
        let hub = try Hub.create(
            in: options.folder, name: name, url: url, isBehindProxy: behindProxy)
        let invitation = try hub.invite(
            .admin, email: adminEmail, name: nil,
            validMilliseconds: Span(hours: 24).milliseconds, now: .ofThisMachine)
        let document = Document(
            hub: .init(id: hub.identity.programme.text, name: name, url: url),
            invitation: .init(
                token: invitation.text, expiresAt: RFC3339Time.text(of: invitation.expiresAt)),
            foundKey: findsKey)
        try options.output.write(
            document,
            text: """
                Made the hub of \(TerminalSafe.escape(name)) in \(options.folder.path)
                \(findsKey ? Self.foundKeyNotice : "")
                The first admin joins with this invitation, once, before \
                \(document.invitation.expiresAt):

                \(invitation.text)

                Start the hub with: waymark-hub serve --data \(options.data)
                """)
    }

    static let foundKeyNotice = """
        It uses the key that was there, and is empty. If that key was a hub's before, its members'
        laptops give back what they have when they sync. What they do not have, only a backup has:
        waymark-hub restore makes a hub of that in another folder.

        """

    private struct Document: Encodable {
        struct HubPart: Encodable {
            let id: String
            let name: String
            let url: String
        }
        struct InvitationPart: Encodable {
            let token: String
            let expiresAt: String
        }
        let hub: HubPart
        let invitation: InvitationPart
        let foundKey: Bool
    }
}

/// The little that can be said of an address without writing to it.
enum EmailAddress {
    static func validate(_ text: String) throws {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            text.utf8.count <= Limits.shortTextBytesMax, !text.contains(where: \.isWhitespace)
        else { throw ValidationError("'\(text)' is not an e-mail address.") }
    }
}
