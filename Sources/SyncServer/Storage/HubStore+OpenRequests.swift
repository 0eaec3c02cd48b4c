import Foundation
import GRDB
import Model
import Replica

/// Requests to any mentor, and what became of them.
extension HubStore {
    /// An offer, with the scope of its mentor.
    typealias OfferPlace = (offer: RecordID, scope: ScopeRow)

    /// All offers by the keys of their topics; see ``Topics``.
    func offersByTopic() throws -> [String: [OfferPlace]] {
        try tables.flush()
        var offers: [String: [OfferPlace]] = [:]
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT id, scope, topic FROM offer WHERE life = 0 ORDER BY id"))
        while let row = try rows.next() {
            guard let topic = row[2] as String?, let offer = RecordID(bytes: row[0] as Data)
            else { continue }
            offers[Topics.key(of: topic), default: []].append(
                (offer, try tables.scope(key: row[1])))
        }
        return offers
    }

    /// The bookings that the hub made of a request: one, or after a recovery several.
    func bookings(ofOpenRequest request: RecordID) throws -> [RecordID] {
        try tables.flush()
        return try Data.fetchAll(
            database.cachedStatement(
                sql: "SELECT id FROM booking WHERE openRequest = ? ORDER BY id"),
            arguments: [Data(request.bytes)]
        ).compactMap { RecordID(bytes: $0) }
    }

    /// Requests that were cancelled although a booking had come of them.
    func cancelledOpenRequests() throws -> [RecordID] {
        try tables.flush()
        return try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id FROM openRequest WHERE life = 0 AND cancelled = 1
                        AND EXISTS (SELECT 1 FROM booking WHERE booking.openRequest = openRequest.id)
                    ORDER BY id
                    """)
        ).compactMap { RecordID(bytes: $0) }
    }

    /// Whether a booking has its verdict on an act.
    func hasVerdict(on act: RecordID, of booking: RecordID) throws -> Bool {
        try tables.flush()
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM bookingVerdict WHERE booking = ? AND act = ?)
                    """), arguments: [Data(booking.bytes), Data(act.bytes)]) ?? false
    }
}
