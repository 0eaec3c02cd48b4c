import ArgumentParser
import Model
import Replica

struct JournalList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List entries, the latest day first")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only entries with this tag")
    var tag: String?

    @Option(help: "Only from this day on")
    var from: String?

    @Option(help: "Only up to this day")
    var to: String?

    @Option(help: "Only entries of this member")
    var author: MemberReference?

    @Option(help: "At most so many")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 {
            throw ValidationError("--limit takes a number from 1 on, not \(limit).")
        }
    }

    func run(in context: CommandContext) async throws {
        var filters: [ReplicaReader.Filter] = []
        if let from {
            filters.append(
                .atLeast(Fields.JournalEntry.date, .text(try context.dateInput.parse(from))))
        }
        // Nothing lies after the last day of the calendar, so it needs no bound.
        if let to, let next = try context.dateInput.parseDay(to).adding(days: 1) {
            filters.append(.less(Fields.JournalEntry.date, .text(next.text)))
        }
        let isFiltered = tag != nil || author != nil
        let entries = try context.replica.read { reader in
            let author = try author?.resolve(in: reader)
            let found = try JournalEntryView.of(
                reader.records(
                    of: Schema.journalEntry, where: filters, orderedBy: Fields.JournalEntry.date,
                    isDescending: true, limit: isFiltered ? nil : limit), in: reader)
            return found.filter { entry in
                (author == nil || entry.author == author)
                    && (tag.map { entry.tags.contains($0) } ?? true)
            }
        }
        let shown = Array(entries.prefix(limit ?? entries.count))
        if context.output.json {
            try context.output.writeJSON(.array(shown.map(\.json)))
        } else {
            try context.output.writeOut(
                JournalEntryView.table(shown, Presentation(context)),
                ifEmpty: "There are no such entries.")
        }
    }
}
