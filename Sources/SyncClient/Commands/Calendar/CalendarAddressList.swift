import ArgumentParser
import Model
import Replica

struct CalendarAddressList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the private addresses of your calendar",
        discussion: """
            The addresses themselves are kept nowhere, so they cannot be shown again. One that was \
            made on a laptop which is stolen shows nothing any more.
            """)

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let views = try context.replica.read { reader in
            try reader.records(
                of: Schema.calendarAddress, where: [.scope(.own(reader.identity.member))]
            ).map { try CalendarAddressView($0, in: reader) }
        }
        if context.output.json {
            return try context.output.writeJSON(.array(views.map(\.json)))
        }
        try context.output.writeOut(
            CalendarAddressView.table(views, Presentation(context)),
            ifEmpty: "Your calendar has no address. Make one with: waymark calendar address add")
    }
}
