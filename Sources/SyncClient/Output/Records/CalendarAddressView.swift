import Model
import Replica

/// A private address of one's calendar, as commands show it: never the address itself.
struct CalendarAddressView {
    let record: StoredRecord

    init(_ record: StoredRecord) { self.record = record }

    static func named(_ id: RecordID, in reader: ReplicaReader) throws -> CalendarAddressView {
        guard let record = try reader.record(id, of: Schema.calendarAddress) else {
            throw ReplicaError(.unknownRecord, id.text)
        }
        return CalendarAddressView(record)
    }

    var isRevoked: Bool { record.isTrue(Fields.CalendarAddress.revoked) }

    /// Its name, else the beginning of its id.
    var label: String { record.text(Fields.CalendarAddress.name) ?? record.id.shortText }

    private var state: String { isRevoked ? "revoked" : "open" }

    var json: JSONValue {
        [
            "id": .string(record.id.text),
            "name": JSONValue(record.text(Fields.CalendarAddress.name)),
            "state": .string(state), "createdAt": .time(record.createdAt.milliseconds),
            "pending": .bool(record.isPending),
        ]
    }

    static func table(_ views: [CalendarAddressView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "NAME", "STATE", "MADE"])
        for view in views {
            table.add([
                "\(view.record.id.shortText, .faint)",
                "\(view.record.text(Fields.CalendarAddress.name) ?? "")", "\(view.state)",
                "\(presentation.time.day(view.record.createdAt.milliseconds))",
            ])
        }
        return table
    }
}
