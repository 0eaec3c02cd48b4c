import ArgumentParser
import Model
import Replica

struct JournalWrite: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Write an entry",
        discussion: "Without a text, $VISUAL or $EDITOR opens.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The text; - reads standard input")
    var text: String?

    @Option(help: "A title")
    var title: String?

    @Option(help: "The day it is about; today by default")
    var date: String?

    @Option(name: .customLong("tag"), help: "A tag; repeat it for more")
    var tags: [String] = []

    @Flag(help: "Let your mentors and the admins read it")
    var share = false

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let title = try title.map { try context.shortText($0, "title") }
        let tags = try JournalTags.parse(tags, in: context)
        let present = context.presentMilliseconds
        let day =
            try date.map { try context.dateInput.parse($0) }
            ?? DateInput(now: present, timeZone: context.timeZone).today().text
        // Whoever cannot share learns it before they write.
        let scope = try replica.read { reader in
            try share ? JournalReaders.sharedScope(in: reader) : .own(reader.identity.member)
        }
        let id = try await context.textInput("text").withText(text) { body in
            var values: [FieldID: Value] = [
                Fields.JournalEntry.body: .text(body), Fields.JournalEntry.date: .text(day),
                Fields.JournalEntry.writtenAt: .integer(present),
            ]
            values[Fields.JournalEntry.title] = title.map { .text($0) }
            return try replica.act("journal write", at: context.now) { action in
                try action.create(
                    Schema.journalEntry, in: scope, values: values,
                    elements: [Fields.JournalEntry.tags: tags.map { .text($0) }])
            }
        }
        let notice = try replica.read { reader in
            try share ? JournalReaders.sentence(in: reader) : JournalReaders.privateNotice
        }
        context.output.writeError(notice)
        try JournalChange.show(id, in: context)
    }
}
