import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

/// What came back to a hub that was set back, and what waits until its recovery ends.
extension HubStore {
    // MARK: Returned batches

    /// Where parts of the device's batches stand that the hub had lost and got back.
    func returned(of device: DeviceID) throws -> [(position: Position, sequence: UInt64)] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT epoch, number, sequence FROM returned WHERE device = ?
                    ORDER BY epoch, number
                    """), arguments: [device.column]
        ).compactMap { row in
            Position(epoch: row[0] as Int64?, number: row[1] as Int64?)
                .map { ($0, UInt64(bitPattern: row[2])) }
        }
    }

    /// Where parts of the device's batches stand that others have given back.
    func returned(to device: DeviceID, after place: Position) throws -> Set<Position> {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT epoch, number FROM returned
                    WHERE device = ?1 AND giver <> ?1 AND (epoch, number) > (?2, ?3)
                    """),
            arguments: [device.column, place.columns.epoch, place.columns.number])
        return Set(rows.compactMap { Position(epoch: $0[0] as Int64?, number: $0[1] as Int64?) })
    }

    func noteReturned(_ header: BatchHeader, at position: Position, by giver: DeviceID) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO returned (epoch, number, device, sequence, giver)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            position.columns.epoch, position.columns.number, header.device.column,
            Int64(bitPattern: header.sequence), giver.column,
        ])
    }

    func noteGivingBack(_ device: DeviceID, at time: HubTime) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO givingBack (device, heardAt) VALUES (?, ?)"
        ).execute(arguments: [device.column, time.milliseconds])
    }

    /// Notes that the device has given back all it has; false if it had nothing to give.
    func endGivingBack(_ device: DeviceID) throws -> Bool {
        let isGiving = try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM givingBack WHERE device = ?)"),
            arguments: [device.column])
        guard isGiving ?? false else { return false }
        try database.cachedStatement(sql: "DELETE FROM givingBack WHERE device = ?")
            .execute(arguments: [device.column])
        return true
    }

    // MARK: Recovery

    /// A time in which the hub rules on nothing.
    struct Recovery {
        /// It begins after this position.
        let from: Position
        /// Its last position; nil while it lasts.
        let until: Position?
        let begunAt: HubTime
    }

    /// The latest recovery, nil if there never was one.
    func latestRecovery() throws -> Recovery? { try recoveries().last }

    func recoveries() throws -> [Recovery] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT fromEpoch, fromNumber, untilEpoch, untilNumber, begunAt FROM recovery
                    ORDER BY fromEpoch, fromNumber
                    """)
        ).compactMap { row in
            Position(epoch: row[0] as Int64?, number: row[1] as Int64?).map {
                Recovery(
                    from: $0, until: Position(epoch: row[2] as Int64?, number: row[3] as Int64?),
                    begunAt: HubTime(milliseconds: row[4]))
            }
        }
    }

    /// Whether the hub rules on nothing at this position.
    func isRecovering(at position: Position) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM recovery WHERE (fromEpoch, fromNumber) < (?1, ?2)
                        AND (untilNumber IS NULL OR (untilEpoch, untilNumber) >= (?1, ?2)))
                    """), arguments: [position.columns.epoch, position.columns.number]) ?? false
    }

    /// Whether the hub rules on nothing now.
    func isRecovering() throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM recovery WHERE untilNumber IS NULL)")) ?? false
    }

    func insert(_ recovery: Recovery) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO recovery (fromEpoch, fromNumber, untilEpoch, untilNumber, begunAt)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            recovery.from.columns.epoch, recovery.from.columns.number,
            recovery.until?.columns.epoch, recovery.until?.columns.number,
            recovery.begunAt.milliseconds,
        ])
    }

    func endRecovery(at position: Position) throws {
        try database.cachedStatement(
            sql: """
                UPDATE recovery SET untilEpoch = ?, untilNumber = ? WHERE untilNumber IS NULL
                """
        ).execute(arguments: [position.columns.epoch, position.columns.number])
    }

    // MARK: What waits for a verdict

    /// A request or an act on which the hub has not ruled.
    struct WaitingAct {
        enum Kind: Int64 { case request = 1, act, openRequest }

        let record: RecordID
        let kind: Kind
        let scope: Scope
        let device: DeviceID
        /// Where it was admitted first.
        let admitted: Position
        /// Who gave it back; nil if it came in the ordinary way.
        let giver: DeviceID?
    }

    /// Lets an act wait, unless it has its verdict or waits already.
    func wait(_ act: WaitingAct) throws {
        guard try !isRuled(act.record) else { return }
        try database.cachedStatement(
            sql: """
                INSERT INTO waitingAct (record, kind, scope, device, epoch, number, giver)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (record) DO NOTHING
                """
        ).execute(arguments: [
            Data(act.record.bytes), act.kind.rawValue, try tables.scope(act.scope).key,
            act.device.column, act.admitted.columns.epoch, act.admitted.columns.number,
            act.giver?.column ?? 0,
        ])
    }

    func stopWaiting(_ record: RecordID) throws {
        try database.cachedStatement(sql: "DELETE FROM waitingAct WHERE record = ?")
            .execute(arguments: [Data(record.bytes)])
    }

    /// What waits, in the order of its admission; of one batch in the order of its records' ids,
    /// which rise as their author makes them. An act on a booking of which the hub knows neither the
    /// request nor a verdict waits on.
    func waitingActs(givenBackBy giver: DeviceID? = nil, limit: Int) throws -> [WaitingAct] {
        try tables.flush()
        return try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT record, kind, scope, device, epoch, number, giver FROM waitingAct
                    WHERE (?1 IS NULL OR giver = ?1) AND (kind <> ?2
                        OR EXISTS (SELECT 1 FROM bookingAct AS act WHERE act.id = record
                            AND (act.booking IN (SELECT booking FROM bookingStatus)
                                OR act.booking IN (SELECT record FROM waitingAct))))
                    """), arguments: [giver?.column, WaitingAct.Kind.act.rawValue]
        ).compactMap { row -> WaitingAct? in
            guard let record = RecordID(bytes: row[0] as Data),
                let kind = WaitingAct.Kind(rawValue: row[1]),
                let admitted = Position(epoch: row[4] as Int64?, number: row[5] as Int64?)
            else { return nil }
            let giver: Int64 = row[6]
            return WaitingAct(
                record: record, kind: kind, scope: try tables.scope(key: row[2]).scope,
                device: DeviceID(column: row[3]), admitted: admitted,
                giver: giver == 0 ? nil : DeviceID(column: giver))
        }
        .sorted { ($0.admitted, $0.record) < ($1.admitted, $1.record) }
        .prefix(limit).map { $0 }
    }

    /// Devices that gave back something that waits.
    func giversOfWaiting() throws -> [DeviceID] {
        try Int64.fetchAll(
            database.cachedStatement(
                sql: "SELECT DISTINCT giver FROM waitingAct WHERE giver <> 0 ORDER BY giver")
        ).map { DeviceID(column: $0) }
    }

    /// Whether a device is giving back and has been heard of since a time.
    func isGivingBack(_ device: DeviceID, since time: HubTime) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM givingBack WHERE device = ? AND heardAt > ?)
                    """), arguments: [device.column, time.milliseconds]) ?? false
    }

    /// Who gave back a request or an act that waits; nil if it does not, or came in the ordinary way.
    func giver(ofWaiting record: RecordID) throws -> DeviceID? {
        try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT giver FROM waitingAct WHERE record = ? AND giver <> 0"),
            arguments: [Data(record.bytes)]
        ).map { DeviceID(column: $0) }
    }

    /// Lets what waits wait for another device.
    func set(giver: DeviceID?, ofWaiting record: RecordID) throws {
        try database.cachedStatement(sql: "UPDATE waitingAct SET giver = ? WHERE record = ?")
            .execute(arguments: [giver?.column ?? 0, Data(record.bytes)])
    }

    func isRuled(_ act: RecordID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM ruled WHERE act = ?)"),
            arguments: [Data(act.bytes)]) ?? false
    }

    // MARK: Sold twice

    /// A slot with more bookings than seats.
    struct Oversold {
        let slot: RecordID
        let scope: Scope
        let start: Int64?
        let capacity: Int64
        let bookings: [RecordID]
    }

    /// Slots of which more seats were given than there are.
    func oversoldSlots() throws -> [Oversold] {
        try tables.flush()
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT slot.id, slot.scope, slot.start, slot.capacity FROM slot
                WHERE capacity < (SELECT count(*) FROM seat WHERE seat.slot = slot.id)
                ORDER BY slot.start, slot.id
                """)
        return try rows.compactMap { row in
            guard let slot = RecordID(bytes: row[0] as Data) else { return nil }
            let bookings = try Data.fetchAll(
                database, sql: "SELECT booking FROM seat WHERE slot = ? ORDER BY seatNumber",
                arguments: [row[0] as Data])
            return Oversold(
                slot: slot, scope: try tables.scope(key: row[1]).scope, start: row[2],
                capacity: row[3] ?? 0, bookings: bookings.compactMap { RecordID(bytes: $0) })
        }
    }

    /// People whose time was promised twice, with the slots.
    func doubleBooked() throws -> [(person: MemberID, slots: [RecordID])] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT twice.person, twice.slot, busy.slot FROM busyTwice AS twice
                JOIN busy ON busy.person = twice.person AND busy.quantum = twice.quantum
                ORDER BY twice.person, twice.slot, busy.slot
                """)
        return rows.compactMap { row in
            guard let person = MemberID(bytes: row[0] as Data),
                let first = RecordID(bytes: row[1] as Data),
                let second = RecordID(bytes: row[2] as Data)
            else { return nil }
            return (person, [second, first])
        }
    }
}
