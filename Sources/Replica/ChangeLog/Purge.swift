import Foundation
import GRDB
import Model
package import Wire

extension StoreTransaction {
    /// Removes a scope that the member may not read any more: rows, bookkeeping, sections and
    /// conflicts. What this device wrote there and the hub has not decided on becomes rejected
    /// items. Free pages, search index and WAL are swept after the commit, see
    /// ``Replica/resumePurge()``.
    func purge(_ scope: Scope, identity: Identity, outcome: inout PageOutcome) throws {
        guard let row = try existingScope(scope) else { return }
        let ownDevices = try ownDevices(identity)
        for logged in try undecidedSections(of: row) where logged.admissionBytes == nil {
            guard let batch = try batch(device: logged.device, sequence: logged.sequence),
                isOwn(batch, of: ownDevices),
                let section = try? logged.content.open()
            else { continue }
            for set in section.changeSets {
                outcome.rejected += try reject(
                    set, by: logged.device, in: row, of: batch.id,
                    from: (logged.hash, section.firstPlace(of: set)), reason: .wrongScope,
                    at: set.claimed)
            }
        }
        outcome.rejected += try rejectTail(in: row)
        try noteDeparture(of: row, identity: identity)
        try remove(row, identity: identity, keeping: .undecided)
    }

    /// Removes a scope's admitted contents, so that it can be fetched anew; what the hub has not
    /// decided on stays.
    func discardAdmitted(_ scope: Scope, identity: Identity) throws {
        guard let row = try existingScope(scope) else { return }
        try remove(row, identity: identity, keeping: .ownWork)
    }

    /// Drops what was fetched of a scope that catches up, so that it is fetched from the start. What
    /// the hub has not decided on stays; one that had left and comes back is as it was when it had
    /// left.
    func restart(_ row: ScopeRow, identity: Identity) throws {
        try remove(row, identity: identity, keeping: isComingBack(row) ? .stayed : .ownWork)
        var fresh = try scope(row.scope)
        fresh.status = .catchingUp
        try update(fresh)
    }

    /// What stays in the log of a scope that is removed.
    private enum Kept {
        /// What this device wrote and the hub has not decided on: the scope leaves.
        case undecided
        /// That, and what had stayed in this way when the scope left before.
        case stayed
        /// What this laptop wrote: what it was told of it comes again, or the hub does not have it
        /// and gets it again. It is laid over the records.
        case ownWork

        /// Of a row of `section`; ?2 is the present device.
        var sql: String {
            switch self {
            case .undecided: "device = ?2 AND epoch IS NULL AND admission IS NULL"
            case .stayed:
                """
                device = ?2 AND (epoch IS NULL AND admission IS NULL
                    OR NOT \(StoreTransaction.hasReturnedSQL))
                """
            case .ownWork: "device = ?2 OR epoch IS NULL"
            }
        }
    }

    private func remove(_ row: ScopeRow, identity: Identity, keeping kept: Kept) throws {
        try flush()
        forget(row)
        try deleteSnapshot(of: row)
        for entity in Schema.entities {
            try database.execute(
                sql: "DELETE FROM \"\(entity.name)\" WHERE scope = ?", arguments: [row.key])
        }
        for table in [ForeignTable.name, "textHistory", "conflict", "undo"] {
            try database.execute(
                sql: "DELETE FROM \"\(table)\" WHERE scope = ?", arguments: [row.key])
        }
        try database.execute(
            sql: "DELETE FROM section WHERE scope = ?1 AND NOT (\(kept.sql))",
            arguments: [row.key, identity.device.column])
        // Refused ones are in no table, and come no more. Where the others are is to be heard again,
        // or they are sent again; that the hub had admitted them counts if the scope leaves first.
        try database.execute(
            sql: """
                UPDATE section SET epoch = NULL, number = NULL, released = 0, applied = 0
                WHERE scope = ? AND released = 1
                """, arguments: [row.key])
        try database.execute(
            sql: """
                DELETE FROM batch WHERE device <> ? AND NOT EXISTS (SELECT 1 FROM section
                    WHERE section.device = batch.device AND section.sequence = batch.sequence)
                """, arguments: [identity.device.column])
        try database.execute(
            sql: """
                UPDATE scope SET status = 0, openedEpoch = NULL, openedNumber = NULL,
                    cursorEpoch = 0, cursorNumber = 0, chain = zeroblob(32),
                    stateHash = zeroblob(32), setAside = 0 WHERE key = ?
                """, arguments: [row.key])
        try meta.notePurge()
        guard kept == .ownWork else {
            try forgetPutBack(in: row)
            return try deleteNotifications(in: row)
        }
        let fresh = try scope(row.scope)
        for logged in try sections(of: row, where: "applied = 0")
        where try isLaidOver(logged, in: fresh, ownDevices(identity)) {
            try overlay(logged, in: fresh)
        }
        for part in try tailChanges(where: { $0 == row.scope }) {
            for change in part.changes { try overlay(change, in: fresh) }
        }
    }

    /// Lays a section on which the hub has not decided over the records, refused sets aside.
    func overlay(_ logged: LoggedSection, in row: ScopeRow) throws {
        for change in try laidOver(logged) { try overlay(change, in: row) }
    }

    /// Sections of a scope on which the hub has not decided, as far as this replica knows, or of which
    /// it is to be heard again.
    func undecidedSections(of row: ScopeRow) throws -> [LoggedSection] {
        try sections(of: row, where: "epoch IS NULL")
    }

    /// Sections of a scope for which an SQL condition holds, in the order of their devices' batches.
    private func sections(
        of row: ScopeRow, where condition: String
    ) throws -> [LoggedSection] {
        try Row.fetchAll(
            database,
            sql: LoggedSection.selectSQL
                + " WHERE scope = ? AND \(condition) ORDER BY device, sequence",
            arguments: [row.key]
        ).map(LoggedSection.init)
    }

    /// Puts bytes from which texts were erased in the place of a section's.
    package func restate(_ key: Int64, as content: SectionBytes) throws {
        guard let restatement = content.restatement else { return }
        let position = try restatement.unverified().position
        try database.cachedStatement(
            sql: """
                UPDATE section SET bytes = ?, restatement = ?, restatedEpoch = ?,
                    restatedNumber = ? WHERE key = ?
                """
        ).execute(arguments: [
            Data(content.bytes), Data(restatement.encodedBytes), Int64(position.epoch),
            Int64(bitPattern: position.number), key,
        ])
    }

    /// Removes a section for good.
    func deleteSection(_ key: Int64) throws {
        try database.execute(sql: "DELETE FROM section WHERE key = ?", arguments: [key])
        try meta.notePurge()
    }

    /// Sections of a scope whose changes are not in the tables, in the hub's order.
    func unappliedSections(of row: ScopeRow) throws -> [LoggedSection] {
        try Row.fetchAll(
            database,
            sql: LoggedSection.selectSQL
                + """
                 WHERE scope = ? AND applied = 0 AND epoch IS NOT NULL
                ORDER BY epoch, number, hash
                """,
            arguments: [row.key]
        ).map(LoggedSection.init)
    }

    package func section(key: Int64) throws -> LoggedSection {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: LoggedSection.selectSQL + " WHERE key = ?"),
            arguments: [key])
        guard let row else { throw ReplicaError(.damaged, "section") }
        return try LoggedSection(row)
    }

    /// Notes what the hub decided on a section of this device.
    func note(_ admissionBytes: [UInt8], at position: Position, ofSection key: Int64) throws {
        try database.cachedStatement(
            sql: "UPDATE section SET epoch = ?, number = ?, admission = ? WHERE key = ?"
        ).execute(arguments: [
            Int64(position.epoch), Int64(bitPattern: position.number), Data(admissionBytes), key,
        ])
    }

    /// Notes that a section's changes are in the tables, and whether it counts in its scope's chain.
    func markApplied(_ key: Int64, isReleased: Bool) throws {
        try database.cachedStatement(
            sql: "UPDATE section SET applied = 1, released = ? WHERE key = ?"
        ).execute(arguments: [isReleased, key])
    }

    /// Whether a section is in the log.
    func isHeld(_ hash: Digest, of header: BatchHeader) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM section
                        WHERE device = ? AND sequence = ? AND hash = ?)
                    """),
            arguments: [
                header.device.column, Int64(bitPattern: header.sequence), Data(hash.bytes),
            ]) ?? false
    }

    /// Whether a section of the log was decided on and its changes are in the tables.
    func isApplied(_ hash: Digest, of header: BatchHeader) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT applied = 1 AND epoch IS NOT NULL FROM section
                    WHERE device = ? AND sequence = ? AND hash = ?
                    """),
            arguments: [
                header.device.column, Int64(bitPattern: header.sequence), Data(hash.bytes),
            ]) ?? false
    }
}

extension Replica {
    /// Sweeps what a purge left in free pages, in the search index and in the WAL. An unfinished
    /// sweep is resumed when the replica is opened, before anything is shown.
    func resumePurge() throws {
        try ReplicaError.mapping(path: home) { try ReplicaDatabase.sweep(writer) }
    }
}
