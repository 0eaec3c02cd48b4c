import Model
import Replica

/// Which other records say something of one that is to be erased.
struct ErasureReach {
    typealias Place = (record: StoredRecord, entity: Entity)

    /// These go with it: they say the same, or nobody would look for them by themselves.
    private(set) var companions: [Place] = []
    /// These stay: somebody else's words, or words that count by themselves. Each has an id of its
    /// own by which it can be erased.
    private(set) var remaining: [Place] = []

    /// - Parameters:
    ///   - record: what is erased.
    ///   - reader: of the same transaction.
    /// - Throws: if the replica cannot be read.
    init(of record: StoredRecord, in reader: ReplicaReader) throws {
        switch record.entity {
        case Schema.profile.id:
            // A member's address lies under the id of the profile, and in what invited them.
            try go(record.id, Schema.contact, in: reader)
            try sort(
                words(
                    Fields.Invitation.email, of: Schema.invitation,
                    about: record, by: Fields.Invitation.redeemedBy, reader), in: reader)
        case Schema.booking.id:
            if record.asked != record.id { try go(record.asked, Schema.openRequest, in: reader) }
            try addWords(ofBooking: record, in: reader)
        case Schema.openRequest.id:
            for booking in try reader.outlook(ofOpen: record)?.bookings ?? [] {
                guard let made = try go(booking, Schema.booking, in: reader) else { continue }
                try addWords(ofBooking: made, in: reader)
            }
        case Schema.task.id:
            remaining += try words(
                Fields.TaskFeedback.comment, of: Schema.taskFeedback,
                about: record, by: Fields.TaskFeedback.task, reader)
        default: break
        }
    }

    /// The reasons that were given, and what the two said afterwards.
    private mutating func addWords(
        ofBooking booking: StoredRecord, in reader: ReplicaReader
    ) throws {
        try sort(
            words(
                Fields.BookingAct.text, of: Schema.bookingAct,
                about: booking, by: Fields.BookingAct.booking, reader), in: reader)
        remaining += try words(
            Fields.Feedback.comment, of: Schema.feedback,
            about: booking, by: Fields.Feedback.booking, reader)
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
    private mutating func sort(_ found: [Place], in reader: ReplicaReader) throws {
        let isAdmin = try reader.role(of: reader.identity.member) == .admin
        for place in found {
            let isOwn = try reader.author(of: place.record.id) == reader.identity.member
            if isAdmin || isOwn { companions.append(place) } else { remaining.append(place) }
        }
    }

    /// Records of an entity that say something in a field and name the record by another one.
    private func words(
        _ field: FieldID, of entity: Entity, about record: StoredRecord, by link: FieldID,
        _ reader: ReplicaReader
    ) throws -> [Place] {
        try reader.records(of: entity, where: [.equals(link, .reference(record.id))])
            .filter { $0.text(field) != nil }.map { ($0, entity) }
    }
}
