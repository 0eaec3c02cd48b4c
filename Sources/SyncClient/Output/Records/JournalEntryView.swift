import Model
import Replica

/// A journal entry as commands show it.
struct JournalEntryView: EditedRecordView {
    let record: StoredRecord
    let author: MemberID?
    let conflictCount: Int?
    let version: String?

    var title: String? { record.text(Fields.JournalEntry.title) }
    var body: String { record.text(Fields.JournalEntry.body) ?? "" }
    var date: String? { record.text(Fields.JournalEntry.date) }
    var isShared: Bool { record.scope.kind == .participant }

    /// In the order of the alphabet: a set has none of its own.
    var tags: [String] {
        record.list(Fields.JournalEntry.tags).compactMap(\.text).sorted()
    }

    /// When it was first written; sharing it writes a new record but no new entry.
    var writtenAt: Int64 {
        record.integer(Fields.JournalEntry.writtenAt) ?? record.createdAt.milliseconds
    }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "title": JSONValue(title), "body": .string(body),
            "date": JSONValue(date), "tags": .array(tags.map { .string($0) }),
            "shared": .bool(isShared), "author": JSONValue(author?.text),
            "createdAt": .time(writtenAt), "updatedAt": .time(record.updatedAt.milliseconds),
            "pending": .bool(record.isPending),
            "conflicts": conflictCount.map { JSONValue($0) } ?? .null,
        ]
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet("\(title ?? date ?? "Journal entry", .emphasis)")
        sheet.add("id", "\(record.id.text)")
        sheet.add("version", versionText(presentation))
        sheet.add("date", date.map { "\($0)" })
        sheet.add("tags", "\(tags.joined(separator: ", "))")
        sheet.add("by", "\(presentation.name(author))")
        sheet.add("read by", isShared ? "you, current mentors and admins" : "you alone")
        if isWaiting { sheet.add("sync", Presentation.unsent) }
        sheet.add("conflict", ConflictNotice.line(conflictCount ?? 0))
        sheet.addParagraph(body)
        return sheet.text
    }

    static func table(_ entries: [JournalEntryView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "DATE", "READ BY", "TITLE"])
        for entry in entries {
            let reader =
                !entry.isShared
                ? "you"
                : entry.author == presentation.oneself
                    ? "mentors" : "from \(presentation.name(entry.author))"
            table.add([
                "\(entry.record.id.shortText, .faint)", "\(entry.date ?? "")", "\(reader)",
                "\(ConflictNotice.mark(entry.conflictCount ?? 0))\(entry.title ?? TerminalText.opening(of: entry.body))",
            ])
        }
        return table
    }
}
