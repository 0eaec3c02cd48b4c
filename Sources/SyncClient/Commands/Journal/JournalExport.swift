import ArgumentParser
import Foundation
import Model
import Replica

struct JournalExport: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write your entries to a file or to standard output",
        discussion: "What is written can be imported again.")

    @OptionGroup var options: GlobalOptions

    @Option(help: "What the file is to hold; by default as its name says, else jsonl")
    var format: JournalFormat?

    @Option(help: "The file, which must not exist; standard output by default")
    var to: String?

    func validate() throws {
        if to == "" { throw ValidationError("--to is empty; it takes a file.") }
    }

    func run(in context: CommandContext) async throws {
        let entries = try context.replica.read { reader in
            try JournalEntryView.of(
                reader.records(of: Schema.journalEntry, orderedBy: Fields.JournalEntry.date),
                in: reader
            ).filter { $0.author == reader.identity.member }
        }
        guard let to else {
            // One document is all that --json may print.
            if context.output.json {
                try context.output.writeJSON(.array(entries.map(JournalLines.object)))
            } else {
                try context.output.writeVerbatim(text(entries, format ?? .jsonl))
            }
            return
        }
        let format = format ?? JournalFormat.guess(path: to, content: [UInt8]())
        try ExportFile.write(Data(text(entries, format).utf8), to: to)
        try context.output.write(
            json: ["file": .string(to), "exported": JSONValue(entries.count)],
            text: "Wrote \(entries.count) entries to \(to)")
    }

    private func text(_ entries: [JournalEntryView], _ format: JournalFormat) -> String {
        switch format {
        case .jsonl: JournalLines.text(entries)
        case .markdown: JournalMarkdown.text(entries)
        }
    }
}
