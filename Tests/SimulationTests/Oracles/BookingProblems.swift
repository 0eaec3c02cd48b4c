import Foundation
import GRDB
import Model

@testable import SyncServer

extension Hub {
    /// The verdict in force of each booking that has a seat.
    private static let seated = """
        SELECT booking, slot FROM bookingVerdict AS outerVerdict
        WHERE key = (SELECT max(key) FROM bookingVerdict
            WHERE booking = outerVerdict.booking) AND state IN (3, 2, 7, 8)
        """

    /// The times that seats take, with their two people.
    private static let times = """
        SELECT verdict.booking, slot.id AS slot, slot.start,
            slot.start + slot.minutes * 60000 AS "end",
            substr(scope.id, 2, 16) AS mentor, substr(scope.id, 18, 16) AS participant
        FROM (\(seated)) AS verdict JOIN slot ON slot.id = verdict.slot
        JOIN booking ON booking.id = verdict.booking JOIN scope ON scope.key = booking.scope
        """

    /// Seats sold twice, people in two places, and requests with two verdicts; none is right, but
    /// that whoever has a slot on loan may promise somebody a time that is promised otherwise.
    func bookingProblems(lent: Set<RecordID> = []) throws -> [String] {
        try database.read { store in
            var problems: [String] = []
            for (name, sql) in Self.problemQueries {
                for row in try Row.fetchAll(store.database, sql: sql) {
                    let slots = ["slot", "otherSlot"].compactMap { row[$0] as Data? }
                        .compactMap { RecordID(bytes: $0) }
                    if name == Self.twoPlaces, !lent.isDisjoint(with: slots) { continue }
                    problems.append("\(name) \(row)")
                }
            }
            return problems
        }
    }

    private static let twoPlaces = "person in two places"

    private static let problemQueries = [
        (
            "seats of a slot that do not add up",
            """
            SELECT hex(slot.id), count(booking), slot.capacity, slot.taken FROM slot
            LEFT JOIN (\(seated)) AS verdict ON verdict.slot = slot.id GROUP BY slot.id
            HAVING count(booking) > slot.capacity OR count(booking) <> coalesce(slot.taken, 0)
            """
        ),
        (
            twoPlaces,
            """
            WITH place AS (SELECT booking, slot, start, "end", mentor AS person FROM (\(times))
                UNION ALL SELECT booking, slot, start, "end", participant FROM (\(times)))
            SELECT hex(one.booking), hex(other.booking), one.slot AS slot, other.slot AS otherSlot
            FROM place AS one
            JOIN place AS other ON one.person = other.person AND one.slot < other.slot
                AND one.start < other."end" AND other.start < one."end"
            """
        ),
        (
            "participant twice in one slot",
            """
            SELECT hex(slot), count(*) FROM (\(times)) GROUP BY slot, participant
            HAVING count(*) > 1
            """
        ),
        (
            "request to any mentor without its answer, or with two",
            """
            SELECT hex(asked.id), count(booking.id), asked.reason, asked.cancelled
            FROM openRequest AS asked LEFT JOIN booking ON booking.openRequest = asked.id
            GROUP BY asked.id
            HAVING count(booking.id) + (asked.reason IS NOT NULL) > 1
                OR count(booking.id) = 0 AND asked.reason IS NULL
                    AND coalesce(asked.cancelled, 0) = 0
            """
        ),
        (
            "two verdicts on one act",
            """
            SELECT hex(act), count(*) FROM bookingVerdict WHERE act IS NOT NULL
            GROUP BY act HAVING count(*) > 1
            """
        ),
    ]
}
