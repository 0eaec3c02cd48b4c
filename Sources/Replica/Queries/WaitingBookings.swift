import Foundation
import GRDB
import Model

extension ReplicaReader {
    /// How many bookings wait for the hub, requests to any mentor included: as many as
    /// ``BookingOutlook/isPending`` says, without a look at the others.
    package func waitingBookingCount() throws -> Int {
        for entity in [Schema.booking, Schema.bookingAct, Schema.bookingVerdict] {
            try store.flush(entity.id)
        }
        let bookings =
            try Int.fetchOne(
                store.database.cachedStatement(sql: Self.waitingSQL)) ?? 0
        return try bookings + openRequests().count { $0.isPending }
    }

    /// Bookings without a verdict that says where they stand, or with an act that has none. An act
    /// or a state of a later version says nothing here.
    private static let waitingSQL = """
        SELECT count(*) FROM booking WHERE life = 0 AND (
            NOT EXISTS (SELECT 1 FROM bookingVerdict AS verdict
                WHERE verdict.booking = booking.id AND verdict.scope = booking.scope
                    AND verdict.life = 0 AND verdict.state IN (\(standing)))
            OR EXISTS (SELECT 1 FROM bookingAct AS act
                WHERE act.booking = booking.id AND act.scope = booking.scope AND act.life = 0
                    AND act.kind IN (\(kinds))
                    AND NOT EXISTS (SELECT 1 FROM bookingVerdict AS verdict
                        WHERE verdict.booking = booking.id AND verdict.scope = booking.scope
                            AND verdict.life = 0 AND verdict.act = act.id)))
        """

    /// The bookings of which the hub or whoever has it on loan has given a slot that starts after an
    /// instant, or that ask for one.
    func upcomingBookings(after instant: Int64) throws -> [StoredRecord] {
        for entity in [Schema.booking, Schema.bookingAct, Schema.bookingVerdict, Schema.slot] {
            try store.flush(entity.id)
        }
        return try Data.fetchAll(
            store.database.cachedStatement(sql: Self.upcomingSQL), arguments: [instant]
        ).compactMap { RecordID(bytes: $0) }
            .compactMap { try record($0, of: Schema.booking) }
    }

    private static let upcomingSQL = """
        SELECT booking.id FROM booking WHERE life = 0 AND EXISTS (
            SELECT 1 FROM slot WHERE slot.start > ? AND slot.id IN (
                SELECT booking.slot
                UNION ALL SELECT verdict.slot FROM bookingVerdict AS verdict
                    WHERE verdict.booking = booking.id
                UNION ALL SELECT act.slot FROM bookingAct AS act
                    WHERE act.booking = booking.id))
        ORDER BY booking.id
        """

    private static let standing = BookingState.allCases.filter { $0 != .requested }
        .map { String($0.rawValue) }.joined(separator: ", ")
    private static let kinds = BookingActKind.allCases.map { String($0.rawValue) }
        .joined(separator: ", ")
}
