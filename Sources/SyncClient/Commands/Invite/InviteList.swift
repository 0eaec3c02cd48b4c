import ArgumentParser
import Model
import Replica

struct InviteList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List invitations: yours, and as an admin everybody's")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let (invitations, names) = try context.replica.read { reader in
            (
                try reader.records(of: Schema.invitation)
                    .map { InvitationRecord($0, now: context.now) },
                try reader.names()
            )
        }
        if context.output.json {
            return try context.output.writeJSON(.array(invitations.map(\.json)))
        }
        let time = try context.humanTime
        var table = TextTable(["ID", "ROLE", "STATE", "EXPIRES", "BY", "FOR"])
        for invitation in invitations {
            let email = invitation.record.text(Fields.Invitation.email)
            table.add([
                TerminalText(invitation.record.id.shortText),
                TerminalText(invitation.role?.name ?? "device"),
                TerminalText(invitation.state.rawValue),
                TerminalText(invitation.expiresAt.map(time.string) ?? ""),
                TerminalText(invitation.issuer.flatMap { names[$0] } ?? "the hub"),
                TerminalText(email ?? invitation.member.flatMap { names[$0] } ?? ""),
            ])
        }
        try context.output.writeOut(table, ifEmpty: "No invitations.")
    }
}
