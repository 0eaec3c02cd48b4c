import ArgumentParser
import Model
import Replica

struct WhoamiCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show who you are here, and on which hub")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let identity = replica.identity
        let (person, role) = try replica.read { reader in
            (
                try reader.person(identity.member),
                try reader.role(of: identity.member) ?? identity.role
            )
        }
        let standing = HubStanding(context)
        if let standing { context.output.warn(standing.sentence) }
        let email = person.map(\.email) ?? (identity.email.isEmpty ? nil : identity.email)
        try context.output.write(
            json: [
                "member": [
                    "id": .string(identity.member.text), "name": JSONValue(person?.name),
                    "email": JSONValue(email), "role": .string(role.name),
                ],
                "device": [
                    "id": .string(identity.device.text), "name": .string(identity.deviceName),
                ],
                "hub": [
                    "id": .string(identity.programme.text),
                    "name": .string(identity.programmeName), "url": .string(identity.hubURL),
                ],
                "state": .string(identity.isRedeemed ? "joined" : "pending"),
                "refusal": JSONValue(standing?.rawValue),
            ],
            text: Facts.text([
                ("Member", "\(person?.name ?? "(no name yet)", .emphasis), \(role.name)"),
                ("Id", TerminalText(identity.member.text)),
                ("E-mail", TerminalText(email ?? "")),
                ("Device", "\(identity.deviceName) (\(identity.device.text))"),
                ("Programme", TerminalText(identity.programmeName)),
                ("Hub", TerminalText(identity.hubURL)),
                ("State", Self.state(identity, standing)),
            ]))
    }

    private static func state(_ identity: Identity, _ standing: HubStanding?) -> TerminalText {
        switch standing {
        case .deviceRevoked: "\("device revoked", .error)"
        case .memberSuspended: "\("membership suspended", .error)"
        case .some: "\("not joined", .error); waymark join NEWTOKEN takes along what is here"
        case nil: identity.isRedeemed ? "joined" : "waits for the hub; run waymark sync"
        }
    }
}
