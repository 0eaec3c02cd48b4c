import Foundation
import GRDB
import Model
import Replica

/// Seats, people's time and where bookings stand. A seat and a person's quantum are taken by a
/// primary key, so nothing can be sold twice whatever the code around it believes.
extension HubStore {
    /// Where a booking stands by its latest verdict.
    struct BookingStatus {
        let booking: RecordID
        let scope: Scope
        var state: BookingState
        /// The slot whose seat it has or had.
        var slot: SlotTime?
        /// The proposal to move it that waits for an answer; kept only while it can be moved.
        var move: RecordID?
        /// Which verdict put it there: the counter of its id, by which those who wait are ordered;
        /// kept only while it waits.
        var queue: UInt64?
    }

    /// A slot's place in time.
    struct SlotTime: Hashable {
        let slot: RecordID
        let start: Int64
        let minutes: Int64
        /// Minutes of its mentor's time that it takes besides.
        var before: Int64 = 0
        var after: Int64 = 0

        init(slot: RecordID, start: Int64, minutes: Int64) {
            (self.slot, self.start, self.minutes) = (slot, start, minutes)
        }

        init(_ slot: RecordID, _ values: FieldValues?) {
            self.init(
                slot: slot, start: values?[Fields.Slot.start]?.integer ?? 0,
                minutes: values?[Fields.Slot.minutes]?.integer ?? 0)
            before = values?[Fields.Slot.bufferBefore]?.integer ?? 0
            after = values?[Fields.Slot.bufferAfter]?.integer ?? 0
        }

        /// What it takes of somebody's time, in quanta.
        func quanta(of party: BookingParty) -> Range<Int64> {
            let quanta = TimeGrid.quanta(startMilliseconds: start, minutes: minutes)
            guard party == .mentor else { return quanta }
            let grid = Int64(Limits.slotGridMinutes)
            return quanta.lowerBound - before / grid..<quanta.upperBound + after / grid
        }

        /// The first instant that it takes of somebody's time, and the first after it.
        func span(of party: BookingParty) -> (start: Int64, end: Int64) {
            let isMentors = party == .mentor
            return (
                start - (isMentors ? before : 0) * 60_000,
                start + (minutes + (isMentors ? after : 0)) * 60_000
            )
        }
    }

    private static let statusSQL = """
        SELECT booking, scope, state, slot, start, minutes, move, queue FROM bookingStatus
        """

    func status(of booking: RecordID) throws -> BookingStatus? {
        try Row.fetchOne(
            database.cachedStatement(sql: Self.statusSQL + " WHERE booking = ?"),
            arguments: [Data(booking.bytes)]
        ).flatMap(bookingStatus)
    }

    /// Bookings that wait for a seat of a slot, who came first first.
    func waiting(for slot: RecordID) throws -> [BookingStatus] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: Self.statusSQL + " WHERE slot = ? AND queue IS NOT NULL ORDER BY queue"),
            arguments: [Data(slot.bytes)]
        ).compactMap(bookingStatus)
    }

    /// Held bookings, and those that wait, whose start has passed, in a fixed order.
    func expiredHolds(at now: HubTime, limit: Int) throws -> [BookingStatus] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: Self.statusSQL
                    + " WHERE state IN (?, 9) AND start <= ? ORDER BY start, booking LIMIT ?"),
            arguments: [BookingState.held.rawValue, now.milliseconds, limit]
        ).compactMap(bookingStatus)
    }

    private func bookingStatus(_ row: Row) throws -> BookingStatus? {
        guard let booking = RecordID(bytes: row[0] as Data),
            let state = BookingState(rawValue: row[2])
        else { return nil }
        let slot = (row[3] as Data?).flatMap { RecordID(bytes: $0) }
        return BookingStatus(
            booking: booking, scope: try tables.scope(key: row[1]).scope, state: state,
            slot: slot.map { SlotTime(slot: $0, start: row[4] ?? 0, minutes: row[5] ?? 0) },
            move: (row[6] as Data?).flatMap { RecordID(bytes: $0) },
            queue: (row[7] as Int64?).map { UInt64(bitPattern: $0) })
    }

    func set(_ status: BookingStatus) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO bookingStatus
                    (booking, scope, state, slot, start, minutes, move, queue)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (booking) DO UPDATE SET state = excluded.state, slot = excluded.slot,
                    start = excluded.start, minutes = excluded.minutes, move = excluded.move,
                    queue = excluded.queue
                """
        ).execute(arguments: [
            Data(status.booking.bytes), try tables.scope(status.scope).key, status.state.rawValue,
            status.slot.map { Data($0.slot.bytes) }, status.slot?.start, status.slot?.minutes,
            status.state.mayMove ? status.move.map { Data($0.bytes) } : nil,
            status.state == .waitlisted ? status.queue.map { Int64(bitPattern: $0) } : nil,
        ])
        try setSession(status)
    }

    /// Notes that a request or an act gets its verdict now; false if it has one.
    func markRuled(_ act: RecordID) throws -> Bool {
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO ruled (act) VALUES (?)")
            .execute(arguments: [Data(act.bytes)])
        return database.changesCount == 1
    }

    // MARK: Seats

    func seatsTaken(of slot: RecordID) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM seat WHERE slot = ?"),
            arguments: [Data(slot.bytes)]) ?? 0
    }

    /// Takes the first free seat of a slot; false if all are taken.
    func takeSeat(of slot: RecordID, capacity: Int64, for booking: RecordID) throws -> Bool {
        let id = Data(slot.bytes)
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO seat (slot, seatNumber, booking)
                SELECT ?, min(free), ? FROM (
                    SELECT 1 AS free UNION ALL SELECT seatNumber + 1 FROM seat WHERE slot = ?)
                WHERE free <= ? AND free NOT IN (SELECT seatNumber FROM seat WHERE slot = ?)
                    AND (SELECT count(*) FROM seat WHERE slot = ?) < ?
                HAVING min(free) IS NOT NULL
                """
        ).execute(arguments: [id, Data(booking.bytes), id, capacity, id, id, capacity])
        return database.changesCount == 1
    }

    /// Takes a person's time for a slot; false if some of it is taken, and then the caller takes
    /// everything back. A group slot enters its mentor once and stays.
    func takeTime(
        of person: MemberID, as party: BookingParty, for slot: SlotTime
    ) throws -> Bool {
        for quantum in slot.quanta(of: party) {
            try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO busy (person, quantum, slot) VALUES (?, ?, ?)"
            ).execute(arguments: [Data(person.bytes), quantum, Data(slot.slot.bytes)])
            if database.changesCount == 1 { continue }
            guard party == .mentor, try isBusy(person, quantum, with: slot.slot) else {
                return false
            }
        }
        return true
    }

    /// Takes a person's time for a slot although some of it may be taken: a verdict has said so.
    func takeTimeAnyway(
        of person: MemberID, as party: BookingParty, for slot: SlotTime
    ) throws {
        for quantum in slot.quanta(of: party) {
            let key: StatementArguments = [Data(person.bytes), quantum, Data(slot.slot.bytes)]
            try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO busy (person, quantum, slot) VALUES (?, ?, ?)"
            ).execute(arguments: key)
            if try database.changesCount == 1 || isBusy(person, quantum, with: slot.slot) {
                continue
            }
            try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO busyTwice (person, quantum, slot) VALUES (?, ?, ?)"
            ).execute(arguments: key)
        }
    }

    func hasSeat(_ booking: RecordID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM seat WHERE booking = ?)"),
            arguments: [Data(booking.bytes)]) ?? false
    }

    /// Whether a slot takes some of a person's time: nobody has two seats of one.
    func isBusy(_ person: MemberID, with slot: RecordID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM busy WHERE person = ?1 AND slot = ?2)
                        OR EXISTS (SELECT 1 FROM busyTwice WHERE person = ?1 AND slot = ?2)
                    """), arguments: [Data(person.bytes), Data(slot.bytes)]) ?? false
    }

    private func isBusy(_ person: MemberID, _ quantum: Int64, with slot: RecordID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM busy
                        WHERE person = ? AND quantum = ? AND slot = ?)
                    """), arguments: [Data(person.bytes), quantum, Data(slot.bytes)]) ?? false
    }

    /// Whether a person has something else to do in the time of a slot. What was booked before
    /// stays: it was promised.
    func isAway(
        _ person: MemberID, as party: BookingParty, during slot: SlotTime
    ) throws -> Bool {
        guard let scope = try opened(.own(person)) else { return false }
        try tables.flush()
        let span = slot.span(of: party)
        return try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM personalEvent
                        WHERE scope = ? AND life = 0 AND coalesce(isFree, 0) = 0
                            AND start < ? AND "end" > ?)
                    """),
            arguments: [scope.key, span.end, span.start]) ?? false
    }

    /// Gives a booking's seat back; its participant's time, unless they were promised another seat of
    /// the slot; and with the last seat its mentor's.
    func free(_ slot: SlotTime, of booking: RecordID, participant: MemberID, mentor: MemberID)
        throws
    {
        try database.cachedStatement(sql: "DELETE FROM seat WHERE booking = ?")
            .execute(arguments: [Data(booking.bytes)])
        let hasAnother = try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM seat
                        JOIN bookingStatus AS other ON other.booking = seat.booking
                        JOIN bookingStatus AS freed ON freed.scope = other.scope
                        WHERE seat.slot = ? AND freed.booking = ?)
                    """),
            arguments: [Data(slot.slot.bytes), Data(booking.bytes)])
        if hasAnother != true { try freeTime(of: participant, slot.slot) }
        try freeMentor(mentor, of: slot.slot)
    }

    /// Gives a mentor's time back if nobody has a seat of the slot and it is not on loan.
    func freeMentor(_ mentor: MemberID, of slot: RecordID) throws {
        if try seatsTaken(of: slot) == 0, try holder(of: slot) == nil {
            try freeTime(of: mentor, slot)
        }
    }

    private func freeTime(of person: MemberID, _ slot: RecordID) throws {
        let key: StatementArguments = [Data(person.bytes), Data(slot.bytes)]
        for table in ["busy", "busyTwice"] {
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE person = ? AND slot = ?")
                .execute(arguments: key)
        }
        // What was promised twice is promised still.
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO busy (person, quantum, slot)
                SELECT person, quantum, slot FROM busyTwice WHERE person = ? ORDER BY quantum, slot
                """
        ).execute(arguments: [Data(person.bytes)])
        try database.cachedStatement(
            sql: """
                DELETE FROM busyTwice WHERE person = ? AND EXISTS (SELECT 1 FROM busy
                    WHERE busy.person = busyTwice.person AND busy.quantum = busyTwice.quantum
                        AND busy.slot = busyTwice.slot)
                """
        ).execute(arguments: [Data(person.bytes)])
    }

    /// Slots whose shown number of seats is not the true one, or that have a seat and somebody who
    /// waits for one, with their mentors' scopes.
    func slotsOutOfStep() throws -> [(slot: RecordID, scope: Scope)] {
        try tables.flush()
        return try Row.fetchAll(
            database,
            sql: """
                WITH counted AS (
                    SELECT id, scope, coalesce(taken, 0) AS shown, capacity,
                        (SELECT count(*) FROM seat WHERE seat.slot = slot.id) AS taken FROM slot)
                SELECT id, scope FROM counted WHERE shown <> taken
                    OR taken < capacity AND EXISTS (SELECT 1 FROM bookingStatus
                        WHERE slot = counted.id AND queue IS NOT NULL)
                ORDER BY id
                """
        ).compactMap { row in
            guard let slot = RecordID(bytes: row[0] as Data) else { return nil }
            return (slot, try tables.scope(key: row[1]).scope)
        }
    }
}
