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
        try RecordDeletion.perform(
            "journal delete", of: entry, Schema.journalEntry, as: JournalEntryView.self, in: context
        ) { $0.title ?? $0.date ?? "" }
    }
}
