import ArgumentParser
import Model
import Replica

struct JournalShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an entry in full")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The entry's id or its beginning")
    var entry: RecordReference

    func run(in context: CommandContext) async throws {
        let id = try context.replica.read { try entry.resolve(Schema.journalEntry, in: $0).id }
        try JournalChange.show(id, in: context)
    }
}
