import Model
import Replica

/// A journal entry as commands show it.
struct JournalEntryView {
    let record: StoredRecord
    /// Who wrote it; nil while their device is not known here.
    let author: MemberID?
    /// How many of its fields are in conflict; of an old version that is not known.
    let conflictCount: Int?
    /// Names the version that it is, if it is an old one.
    let version: String?

    init(_ record: StoredRecord, in reader: ReplicaReader, version: String? = nil) throws {
        self.record = record
        author = try reader.author(of: record.id)
        self.version = version
        conflictCount =
            version == nil ? try reader.fieldsInConflict(of: record.id, record.entity).count : nil
    }

    private init(record: StoredRecord, author: MemberID?, conflictCount: Int) {
        self.record = record
        self.author = author
        self.conflictCount = conflictCount
        version = nil
    }

    /// Several of one kind, in their order.
    static func of(_ records: [StoredRecord], in reader: ReplicaReader) throws -> [JournalEntryView]
    {
        let conflicts = try reader.fieldsInConflictCounts(of: Schema.journalEntry.id)
        return try records.map { record in
            JournalEntryView(
                record: record, author: try reader.author(of: record.id),
                conflictCount: conflicts[record.id] ?? 0)
        }
    }

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
        sheet.add(
            "version",
            version.map { "\($0), of \(presentation.time.string(record.updatedAt.milliseconds))" })
        sheet.add("date", date.map { "\($0)" })
        sheet.add("tags", "\(tags.joined(separator: ", "))")
        sheet.add("by", "\(presentation.name(author))")
        sheet.add("read by", isShared ? "you, current mentors and admins" : "you alone")
        if version == nil, record.isPending { sheet.add("sync", Presentation.unsent) }
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
