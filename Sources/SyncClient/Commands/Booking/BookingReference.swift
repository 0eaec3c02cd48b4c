import Model
import Replica

/// A booking as people name it: by its own id, or by that of the request to any mentor of which the
/// hub made it.
struct BookingReference {
    private let reference: RecordReference

    init(_ reference: RecordReference) {
        self.reference = reference
    }

    enum Found {
        case booking(StoredRecord)
        /// No booking has come of it.
        case openRequest(OpenRequestOutlook)
    }

    func find(in reader: ReplicaReader) throws -> Found {
        let record = try reference.resolve(
            [Schema.booking, Schema.openRequest], named: Schema.booking, in: reader)
        guard record.entity == Schema.openRequest.id,
            let outlook = try reader.outlook(ofOpen: record)
        else { return .booking(record) }
        let bookings = try outlook.bookings.compactMap {
            try reader.record($0, of: Schema.booking)
        }
        // After a recovery there may be several; the one that can take place is meant.
        let standing = try bookings.last { booking in
            try reader.outlook(of: booking)?.state.takesSeat ?? false
        }
        return (standing ?? bookings.last).map { .booking($0) } ?? .openRequest(outlook)
    }

    /// The booking, for what can be done to bookings alone.
    func booking(in reader: ReplicaReader) throws -> StoredRecord {
        switch try find(in: reader) {
        case .booking(let booking): return booking
        case .openRequest(let outlook):
            let id = outlook.request.id.shortText
            throw CommandFailure(
                .refused, code: VerdictReason.wrongState.code,
                "No booking has come of the request \(id) yet.",
                hint: "See how it stands with: waymark booking show \(id)")
        }
    }
}
