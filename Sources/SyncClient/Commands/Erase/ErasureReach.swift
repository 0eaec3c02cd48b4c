import Model
import Replica

/// Which other records say something of one that is to be erased.
struct ErasureReach {
    /// These go with it: they say the same, or nobody would look for them by themselves.
    var companions: [(record: StoredRecord, entity: Entity)] = []
    /// These stay: somebody else's words, or words that count by themselves. Each has an id of its
    /// own by which it can be erased.
    var remaining: [(record: StoredRecord, entity: Entity)] = []

    /// - Parameters:
    ///   - record: what is erased.
    ///   - reader: of the same transaction.
    /// - Throws: if the replica cannot be read.
    init(of record: StoredRecord, in reader: ReplicaReader) throws {
        switch record.entity {
        case Schema.profile.id:
            // A member's address lies under the id of the profile, and in what invited them.
            try go(record.id, Schema.contact, in: reader)
            let invitations = try records(
                of: Schema.invitation, Fields.Invitation.redeemedBy, record, reader)
            try sort(invitations.filter { $0.text(Fields.Invitation.email) != nil }, reader)
        case Schema.booking.id:
            if record.asked != record.id { try go(record.asked, Schema.openRequest, in: reader) }
            try addWords(ofBooking: record, in: reader)
        case Schema.openRequest.id:
            for booking in try reader.outlook(ofOpen: record)?.bookings ?? [] {
                guard let made = try go(booking, Schema.booking, in: reader) else { continue }
                try addWords(ofBooking: made, in: reader)
            }
        case Schema.task.id:
            let comments = try records(
                of: Schema.taskFeedback, Fields.TaskFeedback.task, record, reader)
            remaining += comments.filter { $0.text(Fields.TaskFeedback.comment) != nil }
                .map { ($0, Schema.taskFeedback) }
        default: break
        }
    }

    /// The reasons that were given, and what the two said afterwards.
    private mutating func addWords(
        ofBooking booking: StoredRecord, in reader: ReplicaReader
    ) throws {
        let acts = try records(of: Schema.bookingAct, Fields.BookingAct.booking, booking, reader)
        try sort(acts.filter { $0.text(Fields.BookingAct.text) != nil }, reader)
        let said = try records(of: Schema.feedback, Fields.Feedback.booking, booking, reader)
        remaining += said.filter { $0.text(Fields.Feedback.comment) != nil }
            .map { ($0, Schema.feedback) }
    }

    @discardableResult
    private mutating func go(
        _ id: RecordID, _ entity: Entity, in reader: ReplicaReader
    ) throws -> StoredRecord? {
        guard let record = try reader.record(id, of: entity, includesDead: true) else { return nil }
        companions.append((record, entity))
        return record
    }

    /// Sorts what says something by whether the member may erase it.
    private mutating func sort(_ records: [StoredRecord], _ reader: ReplicaReader) throws {
        let isAdmin = try reader.role(of: reader.identity.member) == .admin
        for record in records {
            guard let entity = Schema.entity(record.entity) else { continue }
            let isOwn = try reader.author(of: record.id) == reader.identity.member
            if isAdmin || isOwn {
                companions.append((record, entity))
            } else {
                remaining.append((record, entity))
            }
        }
    }

    private func records(
        of entity: Entity, _ field: FieldID, _ target: StoredRecord, _ reader: ReplicaReader
    ) throws -> [StoredRecord] {
        try reader.records(of: entity, where: [.equals(field, .reference(target.id))])
    }
}
