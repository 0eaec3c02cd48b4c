import ArgumentParser
import Model
import Replica

struct JournalDelete: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an entry; undo brings it back")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The entry's id or its beginning")
    var entry: RecordReference

    func run(in context: CommandContext) async throws {
        let view = try context.replica.act("journal delete", at: context.now) { action in
            let entry = try entry.resolve(Schema.journalEntry, in: action.reader)
            let view = try JournalEntryView(entry, in: action.reader)
            action.delete(entry.id, Schema.journalEntry, in: entry.scope)
            return view
        }
        try context.output.write(
            json: view.json.adding(["deleted": true]),
            text: """
                Deleted the journal entry \(view.title ?? view.date ?? "", .emphasis)
                Bring it back with: waymark undo
                """)
    }
}
