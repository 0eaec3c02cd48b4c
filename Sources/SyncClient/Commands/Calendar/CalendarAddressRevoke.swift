import ArgumentParser
import Model
import Replica

struct CalendarAddressRevoke: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take an address of your calendar back, for good",
        discussion: "It shows nothing any more once you have synced.")

    @Argument(help: ArgumentHelp("The address's id or its beginning", valueName: "id"))
    var address: RecordReference

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let id = try replica.act("calendar address revoke", at: context.now, isUndoable: false) {
            action in
            let record = try address.resolve(Schema.calendarAddress, in: action.reader)
            if !record.isTrue(Fields.CalendarAddress.revoked) {
                try action.set(
                    Fields.CalendarAddress.revoked, of: record.id, Schema.calendarAddress,
                    in: record.scope, to: .boolean(true))
            }
            return record.id
        }
        let view = try replica.read { try CalendarAddressView.named(id, in: $0) }
        try context.output.write(
            json: view.json,
            text: "Revoked the address \(view.label, .emphasis); the next sync tells the hub.")
    }
}
