import ArgumentParser

/// How journals lie in files.
enum JournalFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON object a line: `date`, `body`, optional `title`, `tags`.
    case jsonl
    /// Entries one after the other, each with its date, title and tags between lines of three
    /// hyphens before its text; see ``JournalMarkdown``.
    case markdown

    /// The format that a file seems to have, by its name, else by its first character.
    static func guess(path: String, content: some Collection<UInt8>) -> JournalFormat {
        let name = path.lowercased()
        if name.hasSuffix(".md") || name.hasSuffix(".markdown") { return .markdown }
        if name.hasSuffix(".jsonl") || name.hasSuffix(".json") || name.hasSuffix(".ndjson") {
            return .jsonl
        }
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        return content.first { !blanks.contains($0) } == UInt8(ascii: "-") ? .markdown : .jsonl
    }
}
