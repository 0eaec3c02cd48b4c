import Cryptography
import Foundation
import GRDB
package import Model
import Wire

/// Makes the tables from the log, as they were made while the log grew: what the hub admitted, in
/// its order, and over it what this laptop has written and the hub has not decided on.
///
/// Nothing is judged anew; decisions are taken as they are recorded. Source and target may be the
/// same store if its tables are empty. Scopes can be left out: those whose log is not whole.
struct LogReplay {
    private let source: StoreTransaction
    private let target: StoreTransaction
    private let device: DeviceID
    private let isWanted: (ScopeRow) throws -> Bool

    /// - Parameters:
    ///   - source: holds the log.
    ///   - target: holds the tables.
    ///   - device: whose work is laid over what is admitted.
    ///   - isWanted: whether a scope of the source is replayed.
    init(
        from source: StoreTransaction, to target: StoreTransaction, device: DeviceID,
        where isWanted: @escaping (ScopeRow) throws -> Bool
    ) {
        self.source = source
        self.target = target
        self.device = device
        self.isWanted = isWanted
    }

    /// - Returns: the number of changes replayed.
    @discardableResult
    func run(progress: (Int) -> Void = { _ in }) throws -> Int {
        if source !== target { try copyBookkeeping() }
        var changeCount = 0
        for (index, key) in try source.admittedSections(where: isWanted).enumerated() {
            changeCount += try replay(source.section(key: key))
            progress(changeCount)
            // Bounds the memory that a large log takes.
            if index % 512 == 511 { try target.flush() }
        }
        changeCount += try layTailOver()
        changeCount += try layUndecidedOver()
        changeCount += try layPendingOver()
        try target.flush()
        return changeCount
    }

    /// What the tables rest on besides the log: who owns which device, and which scopes are here.
    private func copyBookkeeping() throws {
        let devices = try Row.fetchAll(
            source.database, sql: "SELECT device, key, member, certificate FROM deviceKey")
        for device in devices {
            try target.database.execute(
                sql: "INSERT INTO deviceKey (device, key, member, certificate) VALUES (?, ?, ?, ?)",
                arguments: [
                    device[0] as Int64, device[1] as Data, device[2] as Data?, device[3] as Data?,
                ])
        }
        for row in try source.allScopes() {
            var copy = try target.scope(row.scope)
            // What is left out is not compared either.
            copy.status = try isWanted(row) ? row.status : .catchingUp
            try target.update(copy)
        }
    }

    private func replay(_ logged: StoreTransaction.LoggedSection) throws -> Int {
        guard let batch = try source.batch(device: logged.device, sequence: logged.sequence),
            let header = Self.header(of: batch), let position = logged.position,
            let admissionBytes = logged.admissionBytes, let receipt = batch.receipt,
            let admission = try? SectionAdmission(encodedBytes: admissionBytes)
        else { return 0 }  // The inspection of the log has named it.
        let sourceRow = try source.scope(key: logged.scopeKey)
        let scope = sourceRow.scope
        if logged.isReleased {
            try target.extendChain(
                of: scope, position: position, batch: batch.id, section: logged.hash,
                admissionBytes: admissionBytes)
        }
        guard logged.isApplied else { return 0 }
        let bytes = try logged.content
        guard let section = try? bytes.open() else {
            let changeCount = (try? bytes.outline().changeCount) ?? 0
            try setAside(changeCount, in: scope)
            return changeCount
        }
        let placed = section.placed(
            device: logged.device,
            context: try source.context(of: section, header: header, in: sourceRow, at: position),
            position: position, floor: admission.floor, receipt: receipt)
        let row = try target.scope(scope)
        var unknown = 0
        for (set, changes) in zip(section.changeSets, placed)
        where admission.refusal(ofOrdinal: set.ordinal) == nil {
            for change in changes {
                if change.isSetAside { unknown += 1 }
                try target.admit(change, in: row, log: source)
            }
        }
        if unknown > 0 { try setAside(unknown, in: scope) }
        return section.changeCount
    }

    private func setAside(_ changeCount: Int, in scope: Scope) throws {
        try target.flush()
        var row = try target.scope(scope)
        row.setAside += changeCount
        try target.update(row)
    }

    // MARK: What is not admitted

    private func layUndecidedOver() throws -> Int {
        let own = try source.ownDevices(upTo: device)
        let ids = own.map { "\($0.device.column)" }.joined(separator: ", ")
        let rows = try Row.fetchAll(
            source.database,
            sql: StoreTransaction.LoggedSection.selectSQL
                + """
                 WHERE applied = 0 AND (epoch IS NULL OR device IN (\(ids))
                    OR key IN (SELECT section FROM heldSection))
                ORDER BY device, sequence, hash
                """)
        var changeCount = 0
        for row in rows {
            let logged = try StoreTransaction.LoggedSection(row)
            let sourceRow = try source.scope(key: logged.scopeKey)
            guard try isWanted(sourceRow) else { continue }
            guard try source.isLaidOver(logged, in: sourceRow, own) else { continue }
            changeCount += try lay(source.laidOver(logged), over: sourceRow.scope)
        }
        return changeCount
    }

    private func layPendingOver() throws -> Int {
        var changeCount = 0
        for set in try source.pendingSets() {
            for part in set.parts {
                let row = try source.scope(part.scope)
                guard try isWanted(row) else { continue }
                let context = try source.seen(in: row)
                let changes = part.placed(
                    device: device, claimed: set.claimed, context)
                changeCount += try lay(changes, over: part.scope)
            }
        }
        return changeCount
    }

    private func layTailOver() throws -> Int {
        let changes = try source.tailChanges(where: {
            (try? isWanted(source.scope($0))) ?? false
        })
        return try changes.reduce(0) { $0 + (try lay($1.changes, over: $1.scope)) }
    }

    private func lay(_ changes: [PlacedChange], over scope: Scope) throws -> Int {
        let row = try target.scope(scope)
        for change in changes { try target.overlay(change, in: row) }
        return changes.count
    }

    private static func header(of batch: StoreTransaction.LoggedBatch) -> BatchHeader? {
        try? batch.header()
    }
}

extension StoreTransaction {
    /// Keys of all sections on which the hub has decided, in its order.
    func admittedSections(where isWanted: (ScopeRow) throws -> Bool) throws -> [Int64] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT key, scope FROM section WHERE epoch IS NOT NULL ORDER BY epoch, number, hash
                """)
        return try rows.filter { try isWanted(scope(key: $0[1])) }.map { $0[0] }
    }

    /// Makes the tables anew: from the log, and where that is not whole, from the cells.
    package func rebuild(device: DeviceID) throws {
        let leftOut = Set(try snapshots().keys)
        let scopes = try allScopes()
        for row in scopes where leftOut.contains(row.key) {
            try CellInspection(store: self, scope: row).remake()
        }
        try replay(scopes.filter { !leftOut.contains($0.key) }, device: device)
    }

    /// Makes the tables of one scope anew from its log.
    func rebuild(_ row: ScopeRow, device: DeviceID) throws {
        try replay([row], device: device)
    }

    private func replay(_ scopes: [ScopeRow], device: DeviceID) throws {
        try flush()
        for row in scopes {
            let tables = [ForeignTable.name, "textHistory", "conflict"]
            for table in Schema.entities.map(\.name) + tables {
                try database.cachedStatement(sql: "DELETE FROM \"\(table)\" WHERE scope = ?")
                    .execute(arguments: [row.key])
            }
            try database.cachedStatement(
                sql: """
                    UPDATE scope SET openedEpoch = NULL, openedNumber = NULL,
                        chain = zeroblob(32), stateHash = zeroblob(32), setAside = 0
                    WHERE key = ?
                    """
            ).execute(arguments: [row.key])
        }
        forgetWhatWasRead()
        let keys = Set(scopes.map(\.key))
        try LogReplay(
            from: self, to: self, device: device, where: { keys.contains($0.key) }
        ).run()
    }
}
