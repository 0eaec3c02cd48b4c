import Model
import Replica

/// Something in one's own time, as commands show it.
struct EventView: EditedRecordView {
    let record: StoredRecord
    let author: MemberID?
    let conflictCount: Int?
    let version: String?

    var title: String { record.text(Fields.PersonalEvent.title) ?? "" }
    var start: Int64 { record.integer(Fields.PersonalEvent.start) ?? 0 }
    /// Never before the start, whatever two laptops have made of the two.
    var end: Int64 { max(record.integer(Fields.PersonalEvent.end) ?? start, start) }
    /// Whether one can meet somebody all the same.
    var isFree: Bool { record.isTrue(Fields.PersonalEvent.isFree) }

    /// Whether it leaves no time for a slot.
    func keeps(from slot: SlotView) -> Bool {
        !isFree && start < slot.end && slot.start < end
    }

    /// One's own, the earliest first.
    static func all(in reader: ReplicaReader) throws -> [EventView] {
        try of(
            reader.records(
                of: Schema.personalEvent, where: [.scope(.own(reader.identity.member))],
                orderedBy: Fields.PersonalEvent.start), in: reader)
    }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "title": .string(title), "start": .time(start),
            "end": .time(end), "place": JSONValue(record.text(Fields.PersonalEvent.place)),
            "details": JSONValue(record.text(Fields.PersonalEvent.details)),
            "free": .bool(isFree), "conflicts": JSONValue(conflictCount.map(Int64.init)),
            "pending": .bool(record.isPending),
        ]
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet("\(title, .emphasis)")
        sheet.add("id", "\(record.id.text)")
        sheet.add("time", "\(presentation.time.range(from: start, to: end))")
        sheet.add("place", "\(record.text(Fields.PersonalEvent.place) ?? "")")
        sheet.add(
            "meetings",
            isFree ? "can be booked all the same" : "cannot be booked; nobody else sees why")
        sheet.add("conflict", ConflictNotice.line(conflictCount ?? 0))
        if record.isPending { sheet.add("sync", Presentation.unsent) }
        sheet.addParagraph(record.text(Fields.PersonalEvent.details))
        return sheet.text
    }

    static func table(_ events: [EventView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "TIME", "WHAT", "PLACE", "MEETINGS"])
        for event in events {
            table.add([
                "\(event.record.id.shortText, .faint)",
                "\(presentation.time.range(from: event.start, to: event.end))", "\(event.title)",
                "\(event.record.text(Fields.PersonalEvent.place) ?? "")",
                "\(event.isFree ? "possible" : "none")",
            ])
        }
        return table
    }
}
