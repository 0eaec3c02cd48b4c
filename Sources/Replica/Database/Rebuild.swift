import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// Working the tables out anew from the log. The log is the truth; the tables are its shadow.
extension StoreTransaction {
    /// Lays everything that another transaction's log holds into this one's tables: admitted
    /// sections of level scopes, then what the hub has not decided on.
    ///
    /// Recorded decisions are obeyed; nothing that was admitted is judged again.
    func project(from source: StoreTransaction, device: DeviceID) throws {
        for row in try source.allScopes() where row.status == .level {
            let scope = try self.scope(row.scope)
            for logged in try source.decidedSections(of: row) {
                try projectDecided(logged, from: source, in: scope)
            }
            for logged in try source.undecidedSections(of: row, device: device) {
                try projectUndecided(logged, from: source, in: scope)
            }
        }
        let context = Context(position: try source.meta.position())
        for set in try source.pendingSets() {
            for part in set.parts {
                var number = part.firstNumber
                for change in part.changes {
                    try overlay(
                        PlacedChange(
                            change: change, device: device, number: number, context: context,
                            position: nil,
                            time: EffectiveTime(milliseconds: set.claimed.milliseconds)),
                        in: self.scope(part.scope))
                    number += 1
                }
            }
        }
        try flush()
    }

    private func projectDecided(
        _ logged: LoggedSection, from source: StoreTransaction, in scope: ScopeRow
    ) throws {
        guard let position = logged.position, let bytes = logged.admissionBytes,
            let batch = try source.batch(device: logged.device, sequence: logged.sequence),
            let receipt = batch.receipt, let section = try? SectionBytes(logged.bytes).open()
        else { return }
        let admission = try SectionAdmission(encodedBytes: bytes)
        let times = EffectiveTime.clamp(
            claimed: section.changeSets.map(\.claimed), floor: admission.floor, receipt: receipt)
        let placed = section.placed(
            device: logged.device, contextPosition: try batch.header().context,
            position: position, times: times)
        for (set, changes) in zip(section.changeSets, placed)
        where admission.refusal(ofOrdinal: set.ordinal) == nil {
            for change in changes { try admit(change, in: scope) }
        }
    }

    private func projectUndecided(
        _ logged: LoggedSection, from source: StoreTransaction, in scope: ScopeRow
    ) throws {
        guard let batch = try source.batch(device: logged.device, sequence: logged.sequence),
            batch.state != .refusedWhole, let section = try? SectionBytes(logged.bytes).open()
        else { return }
        let placed = section.placed(
            device: logged.device, contextPosition: try batch.header().context, position: nil)
        for change in placed.joined() { try overlay(change, in: scope) }
    }

    /// Sections of a scope that the hub has decided on, in its order.
    func decidedSections(of row: ScopeRow) throws -> [LoggedSection] {
        try Row.fetchAll(
            database,
            sql: LoggedSection.selectSQL
                + " WHERE scope = ? AND epoch IS NOT NULL ORDER BY epoch, number, hash",
            arguments: [row.key]
        ).map(LoggedSection.init)
    }

    /// Empties the tables of records; the log stays.
    func removeAllRecords() throws {
        records.removeAll()
        dirtyRecords.removeAll()
        for name in Schema.entities.map(\.name) + [ForeignTable.name, "conflict"] {
            try database.execute(sql: "DELETE FROM \"\(name)\"")
        }
        try database.execute(sql: "UPDATE scope SET stateHash = zeroblob(32)")
        scopesByID.removeAll()
        scopesByKey.removeAll()
    }
}

extension StoreTransaction.LoggedBatch {
    func header() throws -> BatchHeader {
        try SealedBatch(headerBytes: headerBytes, signature: signature, sections: []).header()
    }
}
