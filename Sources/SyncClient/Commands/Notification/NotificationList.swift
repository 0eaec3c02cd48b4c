import ArgumentParser
import Model
import Replica

struct NotificationList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what others did that you should know, the newest first",
        discussion: """
            What was taken back, settled or deleted since is left out. The words are made of the \
            records as they are now.
            """)

    @Flag(help: "Also what you have read")
    var all = false

    @Option(help: "Only of this kind")
    var kind: NotificationKind?

    @Option(help: "At most so many")
    var limit: Int?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let limit, limit < 1 {
            throw ValidationError("--limit takes a number from 1 on, not \(limit).")
        }
    }

    func run(in context: CommandContext) async throws {
        let views = try context.replica.read { reader in
            try reader.notifications(includesRead: all)
                .filter { kind == nil || $0.kind == kind }
                .prefix(limit ?? .max)
                .map { try NotificationView($0, in: reader) }
        }
        let presentation = try Presentation(context)
        if context.output.json {
            return try context.output.writeJSON(.array(views.map { $0.json(presentation) }))
        }
        try context.output.writeOut(
            NotificationView.table(views, presentation),
            ifEmpty: all ? "There is nothing." : "There is nothing new.")
    }
}

extension NotificationKind: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
