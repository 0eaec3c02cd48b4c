import Cryptography
import Foundation
import GRDB
import Model
import Replica
import Wire

/// What the hub keeps of the log beyond what every replica keeps, and how it reads it for others.
extension HubStore {
    /// When the last batch up to this position was received; the earliest time for the start. A
    /// position may be lost or the mere beginning of an epoch.
    func receipt(at position: Position) throws -> EffectiveTime {
        let milliseconds = try Int64.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT receipt FROM batch WHERE (epoch, number) <= (?, ?)
                    ORDER BY epoch DESC, number DESC LIMIT 1
                    """),
            arguments: [position.columns.epoch, position.columns.number])
        return milliseconds.map { EffectiveTime(milliseconds: $0) } ?? .earliest
    }

    /// Notes where a scope stands after one of its sections.
    func note(chain: Digest, stateHash: [UInt8], ofSection key: Int64) throws {
        try database.cachedStatement(
            sql: "UPDATE section SET chain = ?, stateHash = ? WHERE key = ?"
        ).execute(arguments: [Data(chain.bytes), Data(stateHash), key])
    }

    /// Where a scope stood after its last section at or before a position; nil if it had none.
    func standing(of scope: ScopeRow, at position: Position) throws
        -> (position: Position, chain: Digest, stateHash: [UInt8])?
    {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT epoch, number, chain, stateHash FROM section
                    WHERE scope = ? AND released = 1 AND (epoch, number) <= (?, ?)
                    ORDER BY epoch DESC, number DESC LIMIT 1
                    """),
            arguments: [scope.key, position.columns.epoch, position.columns.number])
        guard let row, let place = Position(epoch: row[0] as Int64?, number: row[1] as Int64?),
            let chain = (row[2] as Data?).flatMap({ Digest(bytes: $0) }),
            let stateHash = row[3] as Data?
        else { return nil }
        return (place, chain, [UInt8](stateHash))
    }

    /// A released section without its bytes: enough to plan a page.
    struct ReleasedSection {
        let key: Int64
        let scopeKey: Int64
        let position: Position
        let device: DeviceID
        let sequence: UInt64
        let byteCount: Int
    }

    /// Released sections of some scopes after one position and up to another, ascending, at most
    /// `limit` of them.
    func releasedSections(
        of scopes: [ScopeRow], after: Position, through: Position, limit: Int
    ) throws -> [ReleasedSection] {
        guard !scopes.isEmpty, after < through else { return [] }
        // The last one stands for those that are missing up to a power of two: so a few statements
        // serve any number of scopes, and none is compiled twice.
        let keys = scopes.map(\.key)
        let width = keys.count.nextPowerOfTwo
        let padded = keys + Array(repeating: keys[keys.count - 1], count: width - keys.count)
        let marks = databaseQuestionMarks(count: width)
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT key, epoch, number, device, sequence,
                        length(bytes) + coalesce(length(admission), 0), scope
                    FROM section WHERE scope IN (\(marks)) AND released = 1
                        AND (epoch, number) > (?, ?) AND (epoch, number) <= (?, ?)
                    ORDER BY epoch, number, hash LIMIT ?
                    """),
            arguments: StatementArguments(padded) + [
                after.columns.epoch, after.columns.number, through.columns.epoch,
                through.columns.number, limit,
            ])
        return rows.compactMap { row in
            guard let position = Position(epoch: row[1] as Int64?, number: row[2] as Int64?) else {
                return nil
            }
            return ReleasedSection(
                key: row[0], scopeKey: row[6], position: position, device: DeviceID(column: row[3]),
                sequence: UInt64(bitPattern: row[4]), byteCount: row[5])
        }
    }

    /// Where batches of the device stand after one position and up to another, ascending, with
    /// their sequences; those that came back in parts stand at several places.
    func ownBatches(
        of device: DeviceID, after: Position, through: Position
    ) throws -> [(position: Position, sequence: UInt64)] {
        let returned = try returned(of: device)
        let sequences = Set(returned.map(\.sequence))
        var found = returned.filter { $0.position > after && $0.position <= through }
        // Positions rise with sequences, so the search goes back from the end; unless the hub was set
        // back, and a batch came last that closes a gap.
        let isInOrder = try tables.lineage().present == Lineage.firstEpoch
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT epoch, number, sequence FROM batch
                    WHERE device = ?1 AND state = 1 AND (?2 OR (epoch, number) > (?3, ?4))
                    ORDER BY sequence DESC
                    """),
            arguments: [
                device.column, isInOrder, after.columns.epoch, after.columns.number,
            ])
        while let row = try rows.next() {
            let sequence = UInt64(bitPattern: row[2])
            guard let position = Position(epoch: row[0] as Int64?, number: row[1] as Int64?),
                !sequences.contains(sequence)
            else { continue }
            guard position > after else { break }
            if position <= through { found.append((position, sequence)) }
        }
        return found.sorted { $0.position < $1.position }
    }

    /// A logged batch with the given sections, or with all, and its admission reduced likewise. They
    /// stand at `place`; nil is the admission's position.
    func entry(
        device: DeviceID, sequence: UInt64, sections keys: Set<Int64>?, at place: Position? = nil
    ) throws -> SyncAnswer.Entry {
        guard let batch = try tables.batch(device: device, sequence: sequence) else {
            throw HubError(.damagedHub, "A batch of the log is missing.")
        }
        let entry = try tables.entry(of: batch, at: place == batch.position ? nil : place) {
            keys?.contains($0.key) ?? true
        }
        guard let entry else { throw Self.admissionIsMissing }
        return entry
    }

    /// The admission of a device's batch, for the device that has the batch: whole, or of what
    /// stands at this place if the batch came back in parts.
    func ownEntry(
        device: DeviceID, sequence: UInt64, at place: Position
    ) throws -> SyncAnswer.Entry {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT section.admission, batch.epoch, batch.number
                    FROM batch LEFT JOIN section ON section.device = batch.device
                        AND section.sequence = batch.sequence
                        AND section.admission IS NOT NULL
                        AND section.epoch = ?3 AND section.number = ?4
                    WHERE batch.device = ?1 AND batch.sequence = ?2
                    """),
            arguments: [
                device.column, Int64(bitPattern: sequence), place.columns.epoch,
                place.columns.number,
            ])
        let admitted = rows.first.flatMap {
            Position(epoch: $0[1] as Int64?, number: $0[2] as Int64?)
        }
        let admission = try tables.admission(
            device: device, sequence: sequence,
            decisions: rows.compactMap { ($0[0] as Data?).map { [UInt8]($0) } })
        guard let admission else { throw Self.admissionIsMissing }
        return SyncAnswer.Entry(
            batch: nil, admission: admission, position: place == admitted ? nil : place)
    }

    static var admissionIsMissing: HubError {
        HubError(.damagedHub, "An admission of the log is missing.")
    }

    /// What stands at each position in order; for checking the whole log.
    func forEachPlace(_ body: (LogPlace) throws -> Void) throws {
        var last = Position.start
        while true {
            let rows = try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT device, sequence, epoch, number, NULL FROM batch
                        WHERE state = 1 AND (epoch, number) > (?1, ?2) AND NOT EXISTS (
                            SELECT 1 FROM returned WHERE returned.device = batch.device
                                AND returned.sequence = batch.sequence)
                        UNION ALL
                        SELECT device, sequence, epoch, number, giver FROM returned
                        WHERE (epoch, number) > (?1, ?2)
                        ORDER BY epoch, number LIMIT 256
                        """), arguments: [last.columns.epoch, last.columns.number])
            guard !rows.isEmpty else { return }
            for row in rows {
                guard let position = Position(epoch: row[2] as Int64?, number: row[3] as Int64?),
                    let batch = try tables.batch(
                        device: DeviceID(column: row[0]), sequence: UInt64(bitPattern: row[1]))
                else { throw HubError(.damagedHub, "A batch of the log is missing.") }
                try body(
                    LogPlace(
                        position: position, batch: batch,
                        giver: (row[4] as Int64?).map { DeviceID(column: $0) }))
                last = position
            }
        }
    }

    /// What stands at a position.
    struct LogPlace {
        let position: Position
        let batch: StoreTransaction.LoggedBatch
        /// The device that gave it back; nil for a batch that stands where it was admitted.
        let giver: DeviceID?
    }

    /// How many changes the device's sections hold, as their heads say.
    func changeCount(inSectionsOf device: DeviceID) throws -> Int {
        let sections = try Data.fetchCursor(
            database, sql: "SELECT bytes FROM section WHERE device = ?",
            arguments: [device.column])
        var count = 0
        while let bytes = try sections.next() {
            count += (try? SectionBytes([UInt8](bytes)).outline().changeCount) ?? 0
        }
        return count
    }

    // MARK: Parked batches

    /// The device's last parked batch.
    func lastParked(of device: DeviceID) throws -> (sequence: UInt64, id: Digest)? {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT sequence, id FROM parkedBatch WHERE device = ?
                    ORDER BY sequence DESC LIMIT 1
                    """), arguments: [device.column])
        guard let row, let id = Digest(bytes: row[1] as Data) else { return nil }
        return (UInt64(bitPattern: row[0]), id)
    }

    func isParked(_ id: Digest) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM parkedBatch WHERE id = ?)"),
            arguments: [Data(id.bytes)]) ?? false
    }

    func park(_ batch: SealedBatch, header: BatchHeader) throws {
        try database.cachedStatement(
            sql: "INSERT INTO parkedBatch (device, sequence, id, bytes) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [
            header.device.column, Int64(bitPattern: header.sequence), Data(batch.id.bytes),
            Data(batch.encodedBytes),
        ])
    }

    func parkedBytes(of device: DeviceID) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT coalesce(sum(length(bytes)), 0) FROM parkedBatch WHERE device = ?"),
            arguments: [device.column]) ?? 0
    }

    /// Devices of which batches are parked.
    func parkingDevices() throws -> [DeviceID] {
        try Int64.fetchAll(
            database, sql: "SELECT DISTINCT device FROM parkedBatch ORDER BY device"
        ).map { DeviceID(column: $0) }
    }

    /// The member's devices of which batches are parked.
    func parkingDevices(of member: MemberID) throws -> [DeviceID] {
        try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT DISTINCT device FROM parkedBatch JOIN hubDevice USING (device)
                    WHERE member = ? ORDER BY device
                    """), arguments: [Data(member.bytes)]
        ).map { DeviceID(column: $0) }
    }

    /// The first of a device's parked batches; the others follow it.
    func firstParked(of device: DeviceID) throws -> SealedBatch? {
        try Data.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT bytes FROM parkedBatch WHERE device = ? ORDER BY sequence LIMIT 1
                    """), arguments: [device.column]
        ).map { try SealedBatch(encodedBytes: [UInt8]($0)) }
    }

    func unpark(_ id: Digest) throws {
        try database.execute(
            sql: "DELETE FROM parkedBatch WHERE id = ?", arguments: [Data(id.bytes)])
    }
}

extension Int {
    /// The smallest power of two that is not smaller.
    fileprivate var nextPowerOfTwo: Int {
        self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
    }
}
