import ArgumentParser
import Model
import Replica

struct JournalEdit: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change an entry",
        discussion: "Without any option, $VISUAL or $EDITOR opens with the text.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The entry's id or its beginning")
    var entry: RecordReference

    @Option(help: "The title; an empty one takes it away")
    var title: String?

    @Option(help: "The text; - reads standard input")
    var body: String?

    @Option(help: "A tag to add; repeat it for more")
    var addTag: [String] = []

    @Option(help: "A tag to take away; repeat it for more")
    var removeTag: [String] = []

    func run(in context: CommandContext) async throws {
        let title = try title.map {
            try context.shortText($0, "title", allowsEmpty: true)
        }
        let added = try JournalTags.parse(addTag, in: context)
        let removed = try JournalTags.parse(removeTag, in: context)
        if let body {
            let text = try context.textInput("text").read(body)
            try save(
                title: title, body: (text, nil), added: added, removed: removed, in: context)
        } else if title != nil || !added.isEmpty || !removed.isEmpty {
            try save(title: title, body: nil, added: added, removed: removed, in: context)
        } else {
            try await editText(in: context)
        }
    }

    private func editText(in context: CommandContext) async throws {
        let (old, seen) = try context.replica.read { reader in
            let entry = try entry.resolve(Schema.journalEntry, in: reader)
            return (
                entry.text(Fields.JournalEntry.body) ?? "",
                try reader.textVersion(of: Fields.JournalEntry.body, in: entry)
            )
        }
        // A sync may bring edits of others while the editor is open; they stay.
        try await context.textInput("text").withText(nil, initial: old) { text in
            try save(title: nil, body: (text, seen), added: [], removed: [], in: context)
        }
    }

    private func save(
        title: String?, body: (text: String, seen: TextVersion?)?, added: [String],
        removed: [String], in context: CommandContext
    ) throws {
        try JournalChange.perform("journal edit", on: entry, in: context) { action, entry in
            if let title {
                try action.set(
                    Fields.JournalEntry.title, of: entry,
                    to: title.isEmpty ? .null : .text(title))
            }
            if let body {
                try action.set(
                    Fields.JournalEntry.body, of: entry, to: .text(body.text), seen: body.seen)
            }
            let present = entry.list(Fields.JournalEntry.tags)
            for tag in added where !present.contains(.text(tag)) {
                action.add(
                    .text(tag), to: Fields.JournalEntry.tags, of: entry.id, Schema.journalEntry,
                    in: entry.scope)
            }
            for tag in removed where present.contains(.text(tag)) {
                action.remove(
                    .text(tag), from: Fields.JournalEntry.tags, of: entry.id,
                    Schema.journalEntry, in: entry.scope)
            }
        }
    }
}
