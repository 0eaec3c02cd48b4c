import Foundation

/// Reads and writes journals as JSON Lines: one object a line with `date`, `body`, optional `title`
/// and `tags`; other keys are left alone.
enum JournalLines {
    static func read(_ data: Data) -> JournalFileContent {
        var content = JournalFileContent()
        for (index, line) in lines(of: data).enumerated() {
            guard line.contains(where: { !blanks.contains($0) }) else { continue }
            do throws(JournalDraft.Fault) {
                content.drafts.append(try draft(line))
            } catch {
                content.failures.append(.init(line: index + 1, reason: error.reason))
            }
        }
        return content
    }

    private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0D]
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The lines without their ends; the byte order mark that some editors write goes.
    static func lines(of data: Data) -> [Data.SubSequence] {
        let content = data.starts(with: byteOrderMark) ? data.dropFirst(3) : data[...]
        return content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    private static func draft(_ line: Data) throws(JournalDraft.Fault) -> JournalDraft {
        guard String(validating: line, as: UTF8.self) != nil else {
            throw JournalDraft.Fault("The line is not valid UTF-8.")
        }
        guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else {
            throw JournalDraft.Fault("The line is not a JSON object.")
        }
        let tags = object["tags"] ?? [String]()
        guard let words = tags is NSNull ? [] : tags as? [String] else {
            throw JournalDraft.Fault("\"tags\" is not a list of texts.")
        }
        return try JournalDraft(
            date: try text(object, "date"), title: try text(object, "title"),
            body: try text(object, "body"), tags: words)
    }

    private static func text(
        _ object: [String: Any], _ key: String
    ) throws(JournalDraft.Fault) -> String? {
        guard let value = object[key], !(value is NSNull) else { return nil }
        guard let text = value as? String else {
            throw JournalDraft.Fault("\"\(key)\" is not a text.")
        }
        return text
    }

    /// The entry as one object; keys without a value are left out.
    static func object(_ entry: JournalEntryView) -> JSONValue {
        var object: JSONValue = ["date": JSONValue(entry.date ?? "")]
        if let title = entry.title { object = object.adding(["title": .string(title)]) }
        object = object.adding(["body": .string(entry.body)])
        guard !entry.tags.isEmpty else { return object }
        return object.adding(["tags": .array(entry.tags.map { .string($0) })])
    }

    static func text(_ entries: [JournalEntryView]) -> String {
        entries.map { object($0).serialized + "\n" }.joined()
    }
}
