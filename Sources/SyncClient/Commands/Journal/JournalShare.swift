import ArgumentParser
import Model
import Replica

struct JournalShare: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "share", abstract: "Let your mentors and the admins read an entry",
        discussion: "What the entry says now is shared; how it came to be stays private.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The entry's id or its beginning")
    var entry: RecordReference

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let readers = try replica.read { reader in
            _ = try JournalReaders.sharedScope(in: reader)
            return try JournalReaders.sentence(in: reader)
        }
        try JournalChange.perform(
            "journal share", on: entry, in: context, isUndoable: false
        ) { action, entry in
            guard entry.scope.kind == .own else {
                throw CommandFailure(
                    .refused, code: "alreadyShared",
                    "The journal entry \(entry.id.shortText) is shared already.",
                    hint: "Take it back with: waymark journal unshare \(entry.id.shortText)")
            }
            try action.move(
                entry.id, Schema.journalEntry, from: entry.scope,
                to: JournalReaders.sharedScope(in: action.reader))
        }
        context.output.writeError(readers)
    }
}
