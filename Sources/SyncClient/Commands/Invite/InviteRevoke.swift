import ArgumentParser
import Model
import Replica

struct InviteRevoke: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Withdraw an invitation that nobody has used yet")

    @Argument(help: ArgumentHelp("The invitation", valueName: "id"))
    var invitation: RecordReference

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let id = try replica.act("invite revoke", at: context.now, isUndoable: false) { action in
            let record = try invitation.resolve(Schema.invitation, in: action.reader)
            guard record.reference(Fields.Invitation.redeemedBy) == nil else {
                throw CommandFailure(
                    .refused, code: "alreadyRedeemed",
                    "The invitation \(record.id.shortText) was redeemed already.",
                    hint: "An admin can revoke devices: waymark device revoke ID")
            }
            try action.set(
                Fields.Invitation.revoked, of: record.id, Schema.invitation, in: record.scope,
                to: .boolean(true))
            return record.id
        }
        guard let record = try replica.read({ try $0.record(id, of: Schema.invitation) }) else {
            throw ReplicaError(.unknownRecord, id.text)
        }
        let shown = InvitationRecord(record, now: context.now)
        try context.output.write(
            json: shown.json, text: "Revoked the invitation \(id.shortText, .emphasis).")
    }
}
