import ArgumentParser
import Model
import Replica

struct JournalUnshare: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "unshare", abstract: "Make a shared entry private again",
        discussion: "Whoever has read it may remember it.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The entry's id or its beginning")
    var entry: RecordReference

    func run(in context: CommandContext) async throws {
        try JournalChange.perform(
            "journal unshare", on: entry, in: context, isUndoable: false
        ) { action, entry in
            guard entry.scope.kind != .own else {
                throw CommandFailure(
                    .refused, code: "notShared",
                    "The journal entry \(entry.id.shortText) is private already.",
                    hint: "Share it with: waymark journal share \(entry.id.shortText)")
            }
            try action.move(
                entry.id, Schema.journalEntry, from: entry.scope,
                to: .own(action.reader.identity.member))
        }
        context.output.writeError(
            """
            After the next sync it is gone from the others' journals. What was shared stays in the \
            history that your mentors and the admins get, also a mentor who is appointed later.
            """)
    }
}
