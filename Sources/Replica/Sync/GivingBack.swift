import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// What a hub that was set back has lost, given back by a device: everything that the device holds
/// of the order after some place, page by page, each acknowledged before the next. Then the device
/// fetches all it may read anew, because the order after that place is another one now.
extension StoreTransaction {
    /// Notes what the hub says it lacks. What was given back to it counts, unless it says something
    /// else by now or was set back once more.
    func noteLacking(after place: Position, saidIn epoch: UInt32) throws {
        if try lackingAfter() == place, try meta.integer(.lackingSaidIn) == Int64(epoch) { return }
        try meta.set(.lackingEpoch, integer: Int64(place.epoch))
        try meta.set(.lackingNumber, integer: Int64(bitPattern: place.number))
        try meta.set(.lackingSaidIn, integer: Int64(epoch))
        try noteGivenBack(through: place)
    }

    /// The last place that the hub has not lost, as it said; the start of the order if it did not say.
    private func lackingAfter() throws -> Position {
        Position(
            epoch: try meta.integer(.lackingEpoch), number: try meta.integer(.lackingNumber))
            ?? .start
    }

    func noteGivenBack(through place: Position) throws {
        try meta.set(.givenBackEpoch, integer: Int64(place.epoch))
        try meta.set(.givenBackNumber, integer: Int64(bitPattern: place.number))
    }

    /// Up to where the hub has got back what it lacks; nil while it lacks nothing.
    func givenBack() throws -> Position? {
        Position(
            epoch: try meta.integer(.givenBackEpoch), number: try meta.integer(.givenBackNumber))
    }

    /// A part of what the hub has lost, in the order of its places.
    struct PartToGiveBack {
        var entries: [SyncAnswer.Entry] = []
        /// What the hub had erased there, of whichever sections.
        var restatements: [Restatement.Signed] = []
        /// The last place of it.
        var through: Position
    }

    /// What the log holds after a place, in order, as much as one request takes.
    ///
    /// - Parameters:
    ///   - place: up to where the hub has got everything back, or has not lost it.
    ///   - device: the device that gives back.
    ///   - bytesTarget: the size after which no further place is begun.
    /// - Returns: nil at the end of the log.
    /// - Throws: if the log cannot be read.
    func partToGiveBack(
        after place: Position, device: DeviceID, bytesTarget: Int = Limits.pushBytesTarget
    ) throws -> PartToGiveBack? {
        // One's own headers count even where the sections have left with their scopes: the hub has
        // to know the device's chain.
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT epoch, number, device, sequence, NULL FROM section
                WHERE (epoch, number) > (?1, ?2) AND admission IS NOT NULL
                UNION
                SELECT epoch, number, device, sequence, NULL FROM batch
                WHERE (epoch, number) > (?1, ?2) AND device = ?3 AND state = 1
                UNION
                SELECT restatedEpoch, restatedNumber, device, sequence, restatement FROM section
                WHERE (restatedEpoch, restatedNumber) > (?1, ?2) AND restatement IS NOT NULL
                ORDER BY 1, 2, 3, 4, 5
                """,
            arguments: [Int64(place.epoch), Int64(bitPattern: place.number), device.column])
        var part: PartToGiveBack?
        var byteCount = 0
        while let row = try rows.next() {
            guard let position = Position(epoch: row[0] as Int64?, number: row[1] as Int64?) else {
                continue
            }
            // What stands at one place goes together, or the next request would leave it out.
            if byteCount > bytesTarget, position != part?.through { break }
            if let bytes = row[4] as Data? {
                byteCount += bytes.count
                part = part ?? PartToGiveBack(through: position)
                part?.restatements.append(try Restatement.Signed(encodedBytes: [UInt8](bytes)))
            } else if let batch = try batch(
                device: DeviceID(column: row[2]), sequence: UInt64(bitPattern: row[3])),
                let entry = try entry(of: batch, at: position)
            {
                byteCount += entry.batch?.encodedBytes.count ?? 0
                byteCount += entry.admission.encodedBytes.count
                part = part ?? PartToGiveBack(through: position)
                part?.entries.append(entry)
            }
            part?.through = position
        }
        return part
    }

    /// The part of a batch that stands at a place, with the decisions on it.
    func entry(of batch: LoggedBatch, at position: Position) throws -> SyncAnswer.Entry? {
        try entry(of: batch) { $0.position == position && $0.admissionBytes != nil }
    }

    // MARK: Beginning anew

    /// Drops what the hub has admitted, so that it is fetched anew from the start of the order.
    /// Whatever this device wrote stays, as something on which the hub has not decided: its
    /// decisions come again, and what it does not know is sent again.
    func beginAnew(identity: Identity) throws {
        try flush()
        // What has come back of a scope that had left is here to stay.
        for row in try allScopes() where try isComingBack(row) {
            try noteReturn(of: row, identity: identity)
        }
        try deleteAllSnapshots()
        let own = identity.device.column
        for entity in Schema.entities {
            try database.execute(sql: "DELETE FROM \"\(entity.name)\"")
        }
        try database.execute(
            sql: """
                DELETE FROM foreignRecord;
                DELETE FROM textHistory;
                DELETE FROM conflict;
                DELETE FROM undo;
                UPDATE scope SET status = 0, openedEpoch = NULL, openedNumber = NULL,
                    cursorEpoch = 0, cursorNumber = 0, chain = zeroblob(32),
                    stateHash = zeroblob(32), setAside = 0;
                """)
        // What the laptop wrote under a former key is its own, too, and so is what came by bundle.
        let mine = try ownDevices(identity).map { "\($0.device.column)" } + ["\(own)"]
        let others = "device NOT IN (\(mine.joined(separator: ", ")))"
        try database.execute(
            sql: """
                DELETE FROM section WHERE \(others) AND epoch IS NOT NULL;
                DELETE FROM batch WHERE \(others) AND NOT EXISTS (SELECT 1 FROM section
                    WHERE section.device = batch.device AND section.sequence = batch.sequence);
                """)
        try database.execute(
            sql: """
                UPDATE section SET epoch = NULL, number = NULL, admission = NULL, released = 0,
                    applied = 0
                """)
        try database.execute(
            sql: """
                UPDATE batch SET state = 4, epoch = NULL, number = NULL, receipt = NULL,
                    core = NULL, coreSignature = NULL WHERE state = 1
                """)
        forgetWhatWasRead()
        try meta.set(position: .start)
        try meta.set(erasedUpTo: .start)
        try meta.set(.incomplete, integer: 1)
        try meta.notePurge()
        for name in [
            Meta.Name.lackingEpoch, .lackingNumber, .lackingSaidIn, .givenBackEpoch,
            .givenBackNumber,
        ] {
            try meta.set(name, integer: nil)
        }
        for row in try allScopes() {
            for logged in try undecidedSections(of: row) { try overlay(logged, in: row) }
            for part in try tailChanges(where: { $0 == row.scope }) {
                for change in part.changes { try overlay(change, in: row) }
            }
        }
        try flush()
    }

    /// Sends own batches again that the hub has received, or that wait at it, and on which its decision
    /// has not come: all of them with one request, or each would wait for the others for ever.
    ///
    /// - Parameters:
    ///   - device: the present one.
    ///   - answered: batches to which the hub has just answered.
    ///   - waiting: whether those that wait count; once a sync, because they wait again afterwards.
    /// - Returns: false, and nothing is sent again, if the hub has just said of all that it has them.
    /// - Throws: if the log cannot be written to.
    func resendReceived(
        of device: DeviceID, besides answered: Set<Digest>, waiting: Bool
    ) throws -> Bool {
        let ids = try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id FROM batch WHERE device = ? AND state IN (4, ?) AND EXISTS (
                        SELECT 1 FROM section WHERE section.device = batch.device
                            AND section.sequence = batch.sequence AND section.epoch IS NULL)
                    """),
            arguments: [
                device.column, (waiting ? BatchState.waiting : .received).rawValue,
            ])
        let received = ids.compactMap { Digest(bytes: $0) }
        guard received.contains(where: { !answered.contains($0) }) else { return false }
        for id in received { try set(state: .unsent, ofBatch: id) }
        return true
    }

    /// Whether an own batch that the hub does not have, although it has said all it has to say, lacks a
    /// section here. That had left with its scope when the hub had decided on it, and the hub has lost
    /// it after this laptop had given it back and dropped the decision. Nobody can send such a batch,
    /// nor what continues it: the rest is written anew under another key.
    func lacksPartOfUndecided(by device: DeviceID) throws -> Bool {
        guard try lineage().present > Lineage.firstEpoch else { return false }
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: LoggedBatch.selectSQL + " WHERE device = ? AND state IN (0, 4)"),
            arguments: [device.column])
        while let row = try rows.next() {
            let batch = try LoggedBatch(row)
            let count = try Int.fetchOne(
                database.cachedStatement(
                    sql: "SELECT count(*) FROM section WHERE device = ? AND sequence = ?"),
                arguments: [device.column, Int64(bitPattern: batch.sequence)])
            if try batch.header().sectionHashes.count > count ?? 0 { return true }
        }
        return false
    }

    /// Sends own batches again that the hub once had and on which it has not decided, although it
    /// has said all it has to say.
    func resendUndecided(of device: DeviceID, besides answered: Set<Digest>) throws {
        let ids = try Data.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT DISTINCT batch.id FROM scope
                    JOIN section ON section.scope = scope.key AND section.epoch IS NULL
                    JOIN batch ON batch.device = section.device
                        AND batch.sequence = section.sequence
                    WHERE section.device = ? AND batch.state IN (1, 4)
                    """), arguments: [device.column])
        for id in ids.compactMap({ Digest(bytes: $0) }) where !answered.contains(id) {
            try set(state: .unsent, ofBatch: id)
        }
    }
}
