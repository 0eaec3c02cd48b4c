import ArgumentParser
import Model
import Replica

struct JournalSearchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find entries by their words, the best first",
        discussion: """
            All words must occur; the last one may be the beginning of a word. Words between \
            quotation marks must stand together. Case, accents and apostrophes do not matter.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The words")
    var query: String

    @Option(help: "At most so many")
    var limit = 20

    func validate() throws {
        guard limit >= 1 else {
            throw ValidationError("--limit takes a number from 1 on, not \(limit).")
        }
    }

    func run(in context: CommandContext) async throws {
        guard let search = JournalSearch(query) else {
            throw CommandFailure(
                .usage, code: "emptyQuery", "There is no word to search for.",
                hint: "Give at least one, as in: waymark journal search \"my wife\"")
        }
        let hits = try context.replica.read { try $0.searchJournal(search, limit: limit) }
        if context.output.json {
            try context.output.writeJSON(.array(hits.map(json)))
            return
        }
        guard !hits.isEmpty else {
            context.output.writeError("No entry has these words.")
            return
        }
        try context.output.writeOut(
            .joined(hits.map(text), separator: "\n\n"))
    }

    private func json(_ hit: JournalSearch.Hit) -> JSONValue {
        [
            "id": .string(hit.id.text), "date": JSONValue(hit.date), "title": JSONValue(hit.title),
            "snippet": .string(TerminalText.flattened(hit.snippetText)),
        ]
    }

    private func text(_ hit: JournalSearch.Hit) -> TerminalText {
        var snippet = TerminalText()
        for piece in hit.snippet {
            // Only the line ends go, so that blanks between the pieces stay.
            let line = piece.text.split(whereSeparator: \.isNewline).joined(separator: " ")
            snippet.append("\(line, piece.isMatch ? .emphasis : .plain)")
        }
        let title = hit.title.map { " \($0)" } ?? ""
        return "\(hit.id.shortText, .faint)  \(hit.date ?? "", .emphasis)\(title)\n  " + snippet
    }
}
