import ArgumentParser
import Model
import Replica
import Wire

struct CalendarAddressAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a private address of your calendar",
        discussion: """
            Whoever knows the address can read your meetings and what you have noted in your own \
            time, and nothing else; nobody can change anything by it. It is shown this once. The \
            hub serves it once you have synced, until you revoke it. Most phones refuse a hub's \
            own certificate: behind a proxy with one of a certificate authority it works.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("What it is for, as in \"my phone\"", valueName: "text"))
    var name: String?

    func run(in context: CommandContext) async throws {
        let name = try name.map { try context.shortText($0, "name") }
        let replica = try context.replica
        let secret = CalendarSecret()
        var values: [FieldID: Value] = [Fields.CalendarAddress.secretHash: .bytes(secret.hash)]
        if let name { values[Fields.CalendarAddress.name] = .text(name) }
        let id = try replica.act("calendar address add", at: context.now) { action in
            try action.create(
                Schema.calendarAddress, in: .own(action.reader.identity.member), values: values)
        }
        let view = try replica.read { reader in
            try CalendarAddressView.named(id, in: reader)
        }
        let url = replica.identity.hubURL + secret.path
        try context.output.write(
            json: view.json.adding(["url": .string(url)]),
            text: """
                \(url)
                Keep it to yourself; it works once you have synced. Take it back with: \
                waymark calendar address revoke \(view.record.id.shortText)
                """)
    }
}
