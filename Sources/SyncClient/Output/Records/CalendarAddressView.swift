import Model
import Replica

/// A private address of one's calendar, as commands show it: never the address itself.
struct CalendarAddressView {
    let record: StoredRecord
    /// Whether the laptop that made it is stolen, be it under a key that it had before.
    private let isStolen: Bool

    init(_ record: StoredRecord, in reader: ReplicaReader) throws {
        self.record = record
        isStolen = try reader.devices(of: reader.identity.member).contains {
            try $0.revocation == .stolen && reader.facts.goesOn($0.id, for: record.id.device)
        }
    }

    static func named(_ id: RecordID, in reader: ReplicaReader) throws -> CalendarAddressView {
        guard let record = try reader.record(id, of: Schema.calendarAddress) else {
            throw ReplicaError(.unknownRecord, id.text)
        }
        return try CalendarAddressView(record, in: reader)
    }

    var isRevoked: Bool { record.isTrue(Fields.CalendarAddress.revoked) }

    /// Its name, else the beginning of its id.
    var label: String { record.text(Fields.CalendarAddress.name) ?? record.id.shortText }

    private var state: String { isRevoked ? "revoked" : isStolen ? "stolen" : "open" }

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
