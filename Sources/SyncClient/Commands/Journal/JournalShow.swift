import ArgumentParser
import Model
import Replica

struct JournalShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an entry in full")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The entry's id or its beginning")
    var entry: RecordReference

    @OptionGroup var at: VersionOption

    func run(in context: CommandContext) async throws {
        let view = try context.replica.read { reader in
            let present = try entry.resolve(Schema.journalEntry, in: reader)
            let old = try at.find(present.id, of: Schema.journalEntry, in: reader)
            return try JournalEntryView(old ?? present, in: reader, version: at.label)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
