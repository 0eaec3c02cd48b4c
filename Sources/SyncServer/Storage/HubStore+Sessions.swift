import Foundation
import GRDB
import Model
import Replica

/// Completed meetings and what participants said of them.
extension HubStore {
    /// How many meetings of a mentor are completed.
    func sessions(of mentor: MemberID) throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM session WHERE mentor = ?"),
            arguments: [Data(mentor.bytes)]) ?? 0
    }

    func setSession(_ status: BookingStatus) throws {
        guard let mentor = status.scope.mentor else { return }
        let sql =
            status.state == .completed
            ? "INSERT OR IGNORE INTO session (booking, mentor) VALUES (?, ?)"
            : "DELETE FROM session WHERE booking = ? AND mentor = ?"
        try database.cachedStatement(sql: sql)
            .execute(arguments: [Data(status.booking.bytes), Data(mentor.bytes)])
    }

    /// Mentors who were rated.
    func ratedMentors() throws -> [MemberID] {
        try Data.fetchAll(database, sql: "SELECT DISTINCT mentor FROM rating ORDER BY mentor")
            .compactMap { MemberID(bytes: $0) }
    }

    func setRating(_ rating: Int64, of booking: RecordID, mentor: MemberID) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO rating (booking, mentor, rating) VALUES (?, ?, ?)
                ON CONFLICT (booking) DO UPDATE SET rating = excluded.rating
                """
        ).execute(arguments: [Data(booking.bytes), Data(mentor.bytes), rating])
    }

    /// The sum and the number of a mentor's ratings.
    func ratings(of mentor: MemberID) throws -> (sum: Int64, count: Int64) {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT coalesce(sum(rating), 0), count(*) FROM rating WHERE mentor = ?"),
            arguments: [Data(mentor.bytes)])
        return (row?[0] ?? 0, row?[1] ?? 0)
    }
}
