import Foundation
import GRDB
import Model
import Replica

/// What can still be had of a mentor's slots: which are free, which gather requests, which are on
/// loan.
extension HubStore {
    private static let freeSQL = """
        SELECT id, start, minutes, coalesce(bufferBefore, 0), coalesce(bufferAfter, 0) FROM slot
        WHERE scope = :scope AND life = 0 AND coalesce(withdrawn, 0) = 0 AND start > :now
            AND coalesce(decideAt, :now) <= :now
            AND capacity > (SELECT count(*) FROM seat WHERE seat.slot = slot.id)
            AND NOT EXISTS (SELECT 1 FROM loan WHERE loan.slot = slot.id)
        """

    /// Slots of a scope that start after `now` and have a free seat, nearest to an instant first.
    func freeSlots(
        of scope: ScopeRow, near instant: Int64, after now: HubTime, limit: Int
    ) throws -> [SlotTime] {
        try slots(
            Self.freeSQL + " ORDER BY abs(start - :near), start, id LIMIT :limit",
            [
                "scope": scope.key, "now": now.milliseconds, "near": instant, "limit": limit,
            ])
    }

    /// Slots of a scope that start after `now` and have a free seat, between two instants, the
    /// earliest first.
    func freeSlots(
        of scope: ScopeRow, from: Int64, until: Int64, after now: HubTime, limit: Int
    ) throws -> [SlotTime] {
        try slots(
            Self.freeSQL
                + """
                 AND start >= :from AND start + minutes * 60000 <= :until
                ORDER BY start, id LIMIT :limit
                """,
            [
                "scope": scope.key, "now": now.milliseconds, "from": from, "until": until,
                "limit": limit,
            ])
    }

    /// The same of those that are for an offer, or for anything.
    func freeSlots(
        of scope: ScopeRow, for offer: RecordID, from: Int64, until: Int64, after now: HubTime,
        limit: Int
    ) throws -> [SlotTime] {
        try slots(
            Self.freeSQL
                + """
                 AND start >= :from AND start + minutes * 60000 <= :until
                    AND (offer IS NULL OR offer = :offer)
                ORDER BY start, id LIMIT :limit
                """,
            [
                "scope": scope.key, "now": now.milliseconds, "from": from, "until": until,
                "offer": Data(offer.bytes), "limit": limit,
            ])
    }

    private func slots(_ sql: String, _ arguments: StatementArguments) throws -> [SlotTime] {
        try tables.flush()
        return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
            .compactMap { row in
                guard let slot = RecordID(bytes: row[0] as Data) else { return nil }
                var time = SlotTime(slot: slot, start: row[1], minutes: row[2])
                (time.before, time.after) = (row[3], row[4])
                return time
            }
    }

    /// How many other slots of the same day of a mentor are booked. The day is the mentor's own, so
    /// it begins and ends within two days of the slot.
    func bookedSlots(of scope: ScopeRow, on day: String, besides slot: SlotTime) throws -> Int {
        let reach: Int64 = 2 * 24 * 3_600_000
        try tables.flush()
        return try Int.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT count(*) FROM slot WHERE scope = ? AND day = ? AND id <> ?
                        AND start BETWEEN ? AND ?
                        AND EXISTS (SELECT 1 FROM seat WHERE seat.slot = slot.id)
                    """),
            arguments: [
                scope.key, day, Data(slot.slot.bytes), slot.start - reach, slot.start + reach,
            ]) ?? 0
    }

    // MARK: Windows

    /// Lets a request gather for a slot until this is decided.
    func gather(_ booking: RecordID, for slot: RecordID, until decideAt: Int64) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO gathered (booking, slot, decideAt) VALUES (?, ?, ?)
                ON CONFLICT (booking) DO UPDATE
                SET slot = excluded.slot, decideAt = excluded.decideAt
                """
        ).execute(arguments: [Data(booking.bytes), Data(slot.bytes), decideAt])
    }

    func stopGathering(_ booking: RecordID) throws {
        try database.cachedStatement(sql: "DELETE FROM gathered WHERE booking = ?")
            .execute(arguments: [Data(booking.bytes)])
    }

    /// Slots whose time to decide has come and for which somebody has asked.
    func slotsToDecide(at now: HubTime) throws -> [RecordID] {
        try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT slot FROM gathered WHERE decideAt <= ?
                    GROUP BY decideAt, slot ORDER BY decideAt, slot
                    """), arguments: [now.milliseconds]
        ).compactMap { RecordID(bytes: $0) }
    }

    /// The requests that have gathered for a slot.
    func gathered(for slot: RecordID) throws -> [BookingStatus] {
        try Data.fetchAll(
            database.cachedStatement(
                sql: "SELECT booking FROM gathered WHERE slot = ? ORDER BY booking"),
            arguments: [Data(slot.bytes)]
        ).compactMap { RecordID(bytes: $0) }.compactMap { try status(of: $0) }
    }

    /// How many meetings a person has had or will have.
    func meetings(of person: MemberID) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT count(DISTINCT slot) FROM busy WHERE person = ?"),
            arguments: [Data(person.bytes)]) ?? 0
    }

    // MARK: Loans

    struct Loan {
        let slot: RecordID
        let mentor: MemberID
        let device: DeviceID
    }

    /// The device that has a slot on loan.
    func holder(of slot: RecordID) throws -> DeviceID? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT device FROM loan WHERE slot = ?"),
            arguments: [Data(slot.bytes)]
        ).map { DeviceID(column: $0) }
    }

    func lend(_ loan: Loan) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO loan (slot, mentor, device) VALUES (?, ?, ?)"
        ).execute(arguments: [
            Data(loan.slot.bytes), Data(loan.mentor.bytes), loan.device.column,
        ])
    }

    func endLoan(of slot: RecordID) throws {
        try database.cachedStatement(sql: "DELETE FROM loan WHERE slot = ?")
            .execute(arguments: [Data(slot.bytes)])
    }

    func loans() throws -> [Loan] {
        try loans("SELECT slot, mentor, device FROM loan ORDER BY slot")
    }

    /// Loans to devices that were revoked: nothing that they give away is heard of any more.
    func loansToRevoked() throws -> [Loan] {
        guard try !loans().isEmpty else { return [] }
        try tables.flush()
        return try loans(
            """
            SELECT loan.slot, loan.mentor, loan.device FROM loan
            JOIN hubDevice ON hubDevice.device = loan.device
            JOIN device ON device.id = hubDevice.record
            WHERE device.revocation IS NOT NULL ORDER BY loan.slot
            """)
    }

    private func loans(_ sql: String) throws -> [Loan] {
        try Row.fetchAll(database.cachedStatement(sql: sql)).compactMap { row in
            guard let slot = RecordID(bytes: row[0] as Data),
                let mentor = MemberID(bytes: row[1] as Data)
            else { return nil }
            return Loan(slot: slot, mentor: mentor, device: DeviceID(column: row[2]))
        }
    }
}
