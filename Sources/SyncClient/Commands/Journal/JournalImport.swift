import ArgumentParser
import Foundation
import Model
import Replica

struct JournalImport: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take entries of a file into your private journal",
        discussion: """
            In a JSON Lines file each line is an object with "date", "body" and, if you like, \
            "title" and "tags". In a Markdown file each entry has these between two lines of three \
            hyphens before its text, as journal export writes them. Lines that cannot be read are \
            listed, the others are imported. Importing a file again adds nothing.
            """)

    /// More than a lifetime of diaries; bounds the memory that a file can take.
    private static let fileBytesMax = 256 * 1024 * 1024

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file; - reads standard input")
    var file: String

    @Option(help: "What the file holds; by default as its name says")
    var format: JournalFormat?

    func run(in context: CommandContext) async throws {
        let data = try ImportFile.read(file, byteCountMax: Self.fileBytesMax, in: context)
        let content =
            switch format ?? JournalFormat.guess(path: file, content: data) {
            case .jsonl: JournalLines.read(data)
            case .markdown: JournalMarkdown.read(data)
            }
        guard !content.drafts.isEmpty || content.failures.isEmpty else {
            let first = content.failures[0]
            throw CommandFailure(
                .badData, code: "unreadableFile",
                "Nothing in \(InputFailure.quoted(file)) could be read as an entry.",
                hint: "Line \(first.line): \(first.reason)")
        }
        let counts = try await context.output.withProgress("Importing") { bar in
            try add(content.drafts, in: context) { bar.update($0, of: $1) }
        }
        try report(counts, content.failures, in: context)
    }

    private func add(
        _ drafts: [JournalDraft], in context: CommandContext,
        progress: (_ done: Int64, _ total: Int64) -> Void
    ) throws -> (imported: Int, skipped: Int) {
        let replica = try context.replica
        let present = context.presentMilliseconds
        return try replica.act("journal import", at: context.now) { action in
            var known = try action.reader.journalImportKeys()
            let scope = Scope.own(action.reader.identity.member)
            var imported = 0
            for (index, draft) in drafts.enumerated() {
                let key = JournalImportKey(
                    date: draft.date, title: draft.title ?? "", body: draft.body)
                if known.insert(key).inserted {
                    try create(draft, key: key, in: scope, at: present, &action)
                    imported += 1
                }
                progress(Int64(index + 1), Int64(drafts.count))
            }
            return (imported, drafts.count - imported)
        }
    }

    /// Each entry is a change set of its own, so that the hub decides on it alone.
    private func create(
        _ draft: JournalDraft, key: JournalImportKey, in scope: Scope, at present: Int64,
        _ action: inout Action
    ) throws {
        var values: [FieldID: Value] = [
            Fields.JournalEntry.body: .text(draft.body),
            Fields.JournalEntry.date: .text(draft.date),
            Fields.JournalEntry.writtenAt: .integer(present),
            Fields.JournalEntry.importKey: key.value,
        ]
        values[Fields.JournalEntry.title] = draft.title.map { .text($0) }
        try action.create(
            Schema.journalEntry, in: scope, values: values,
            elements: [Fields.JournalEntry.tags: draft.tags.map { .text($0) }])
        try action.endSet()
    }

    private func report(
        _ counts: (imported: Int, skipped: Int), _ failures: [JournalFileContent.Failure],
        in context: CommandContext
    ) throws {
        let output = context.output
        try output.write(
            json: [
                "imported": JSONValue(counts.imported), "skipped": JSONValue(counts.skipped),
                "failed": ImportFile.json(failures.map { ($0.line, $0.reason) }),
            ],
            text: """
                Imported \(counts.imported) entries, skipped \(counts.skipped) that were there \
                already
                """)
        if counts.imported > 0 { output.writeError(JournalReaders.privateNotice) }
        ImportFile.warn(
            "\(failures.count) entries could not be read and were left out:",
            of: failures.map { ($0.line, $0.reason) }, in: context)
    }
}
