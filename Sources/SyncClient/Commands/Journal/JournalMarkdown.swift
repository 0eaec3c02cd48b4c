import Foundation

/// Reads and writes journals as Markdown, pleasant to read and to edit:
///
///     ---
///     date: 1660-01-11
///     title: Lord’s day
///     tags: [church, money]
///     ---
///
///     This morning I rose, put on my suit with great skirts.
///
/// An entry begins at a line of three hyphens that is followed by a line with one of the keys; so
/// such a line in the middle of a text stays a rule across the page. Where a text would be mistaken
/// for the beginning of an entry, a backslash stands before its hyphens, as Markdown has it.
enum JournalMarkdown {
    private static let fence = "---"
    private static let keys = ["date", "title", "tags"]

    // MARK: Reading

    static func read(_ data: Data) -> JournalFileContent {
        var content = JournalFileContent()
        var lines: [String] = []
        for (index, line) in JournalLines.lines(of: data).enumerated() {
            guard let text = String(validating: line, as: UTF8.self) else {
                content.failures.append(
                    .init(line: index + 1, reason: "The line is not valid UTF-8."))
                return content
            }
            // All of them: what is written and read again must not get shorter each time.
            let last = text.lastIndex { $0 != "\r" }
            lines.append(last.map { String(text[...$0]) } ?? "")
        }
        let starts = lines.indices.filter { isStart(lines, at: $0) }
        let preamble = lines[..<(starts.first ?? lines.endIndex)]
        if let line = preamble.firstIndex(where: { $0.contains { !$0.isWhitespace } }) {
            content.failures.append(
                .init(line: line + 1, reason: "The text stands before the first entry."))
        }
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : lines.endIndex
            do throws(JournalDraft.Fault) {
                content.drafts.append(try draft(lines[start..<end]))
            } catch {
                content.failures.append(.init(line: start + 1, reason: error.reason))
            }
        }
        return content
    }

    private static func isStart(_ lines: [String], at index: Int) -> Bool {
        guard lines[index] == fence, index + 1 < lines.count,
            let (key, _) = pair(lines[index + 1])
        else { return false }
        return keys.contains(key)
    }

    private static func draft(
        _ lines: ArraySlice<String>
    ) throws(JournalDraft.Fault) -> JournalDraft {
        guard let end = lines.dropFirst().firstIndex(of: fence) else {
            throw JournalDraft.Fault("The line of three hyphens before the text is missing.")
        }
        var values: [String: String] = [:]
        for line in lines[(lines.startIndex + 1)..<end] {
            guard let (key, value) = pair(line) else {
                if line.allSatisfy(\.isWhitespace) { continue }
                throw JournalDraft.Fault("\(InputFailure.quoted(line)) is not a key and a value.")
            }
            values[key] = value
        }
        let body = lines[(end + 1)...].map(unescaped).joined(separator: "\n")
        return try JournalDraft(
            date: values["date"], title: values["title"].map(unquoted), body: body,
            tags: tags(values["tags"] ?? ""))
    }

    private static func pair(_ line: String) -> (key: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let key = line[..<colon]
        guard !key.isEmpty, key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }) else {
            return nil
        }
        return (
            key.lowercased(),
            line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        )
    }

    /// `[church, "Seething Lane"]`, or the same without brackets.
    private static func tags(_ text: String) -> [String] {
        var content = Substring(text)
        if content.hasPrefix("["), content.hasSuffix("]") {
            content = content.dropFirst().dropLast()
        }
        var tags: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in content {
            if character == ",", !isQuoted {
                tags.append("")
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && !isEscaped
            tags[tags.count - 1].append(character)
        }
        return tags.map { unquoted($0.trimmingCharacters(in: .whitespaces)) }
    }

    /// A text in double quotes is a JSON text; any other stands for itself.
    private static func unquoted(_ text: String) -> String {
        guard text.hasPrefix("\""),
            let decoded = try? JSONSerialization.jsonObject(
                with: Data(text.utf8), options: .fragmentsAllowed) as? String
        else { return text }
        return decoded
    }

    /// Takes the backslash away that ``escaped(_:)`` put before hyphens.
    private static func unescaped(_ line: String) -> String {
        line.hasPrefix("\\") && line.drop { $0 == "\\" } == fence
            ? String(line.dropFirst()) : line
    }

    // MARK: Writing

    static func text(_ entries: [JournalEntryView]) -> String {
        entries.map(text).joined(separator: "\n")
    }

    private static func text(_ entry: JournalEntryView) -> String {
        var head = [fence, "date: \(entry.date ?? "")"]
        if let title = entry.title { head.append("title: \(quotedIfNeeded(title))") }
        if !entry.tags.isEmpty {
            head.append("tags: [\(entry.tags.map(quotedIfNeeded).joined(separator: ", "))]")
        }
        // By bytes: a carriage return before the line end must not hide it.
        let body = entry.body.utf8
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { escaped(Substring($0)) }
        return (head + [fence, ""] + body).joined(separator: "\n") + "\n"
    }

    /// Quotes a text unless it is plain words, which every reader of YAML takes as they are.
    private static func quotedIfNeeded(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter ?? false
            && text.allSatisfy { $0.isLetter || $0.isNumber || " ’–—.!?".contains($0) }
            && text.last != " "
        return isPlain ? text : JSONValue.string(text).serialized
    }

    private static func escaped(_ line: Substring) -> String {
        line.drop { $0 == "\\" } == fence ? "\\" + line : String(line)
    }
}
