import Foundation
import GRDB
import Model
import Wire

/// An account of all changes ever made on this device: each is exactly one of these, and the last
/// seven add up to the first.
package struct Account: Sendable, Equatable {
    package var made = 0
    /// Admitted and shown.
    package var inForce = 0
    /// Overwritten by somebody who had seen it, or part of a record that was deleted.
    package var superseded = 0
    /// One of several values of an open conflict.
    package var siblings = 0
    /// Part of a set, a sum, or a value that came together with an equal or later one.
    package var merged = 0
    package var rejected = 0
    /// Not sent, or the hub has not decided.
    package var waiting = 0
    /// Of a kind that this version cannot apply.
    package var setAside = 0

    package init() {}
}

extension StoreTransaction {
    /// Counts every change that was made on this laptop, under its present key and former ones,
    /// from the log.
    func account(of identity: Identity) throws -> Account {
        var account = Account()
        for set in try pendingSets() { account.waiting += set.changeCount }
        for tail in try tailSets() { account.waiting += tail.set.changeCount }
        try countSections(of: identity, into: &account)
        account.inForce += Int(try meta.integer(.departedInForce) ?? 0)
        account.superseded += Int(try meta.integer(.departedSuperseded) ?? 0)
        account.merged += Int(try meta.integer(.departedMerged) ?? 0)
        account.rejected += Int(try meta.integer(.departedRejected) ?? 0)
        for counts in try DepartedWork(meta).byScope.values {
            account.inForce += counts.inForce
            account.superseded += counts.superseded
            account.merged += counts.merged
            account.rejected += counts.rejected
        }
        account.made =
            account.inForce + account.superseded + account.siblings + account.merged
            + account.rejected + account.waiting + account.setAside
        return account
    }

    /// Keeps the count of this device's changes in a scope that is about to be purged.
    func noteDeparture(of row: ScopeRow, identity: Identity) throws {
        var account = Account()
        try countSections(of: identity, in: row, into: &account)
        // Of the present device what was not decided on stays in the log and is counted there.
        var departed = try DepartedWork(meta)
        try departed.add(account, leavingWith: row.key, meta)
    }

    /// Notes that a scope which had left is whole again, and its changes are counted in the log.
    func noteReturn(of row: ScopeRow, identity: Identity) throws {
        var departed = try DepartedWork(meta)
        guard departed.byScope[row.key] != nil else { return }
        var account = Account()
        try countSections(of: identity, in: row, into: &account)
        try departed.take(account, comingBackWith: row.key, meta)
    }

    /// Counts what stands in the log; with a scope, only what leaves with it.
    private func countSections(
        of identity: Identity, in row: ScopeRow? = nil, into account: inout Account
    ) throws {
        let departed = try DepartedWork(meta)
        for own in try ownDevices(identity) {
            // What another copy wrote under a former key is not unsent here.
            var sql =
                LoggedSection.selectSQL + """
                     WHERE device = ? AND (sequence <= ? OR EXISTS (SELECT 1 FROM batch
                        WHERE batch.device = section.device AND batch.sequence = section.sequence
                            AND batch.state IN (0, 3)))
                    """
            var arguments: StatementArguments = [
                own.device.column, own.lastSequence.map { Int64(clamping: $0) } ?? .max,
            ]
            if let row {
                sql += " AND scope = ?"
                arguments += [row.key]
                if own.device == identity.device { sql += " AND epoch IS NOT NULL" }
            }
            let sections = try Row.fetchCursor(database, sql: sql, arguments: arguments)
            while let section = try sections.next() {
                let logged = try LoggedSection(section)
                // Until a scope that comes back is whole, it counts as it stood when it left.
                if row == nil, logged.position != nil, departed.byScope[logged.scopeKey] != nil,
                    try scope(key: logged.scopeKey).status == .catchingUp
                {
                    continue
                }
                try count(logged, into: &account)
            }
        }
    }

    private func count(_ logged: LoggedSection, into account: inout Account) throws {
        guard let section = try? logged.content.open() else {
            account.setAside += try logged.content.outline().changeCount
            return
        }
        guard let position = logged.position, let admissionBytes = logged.admissionBytes else {
            let batch = try batch(device: logged.device, sequence: logged.sequence)
            if batch?.state == .refusedWhole {
                account.rejected += section.changeCount
            } else {
                account.waiting += section.changeCount
            }
            return
        }
        let admission = try SectionAdmission(encodedBytes: admissionBytes)
        let row = try scope(key: logged.scopeKey)
        let placed = section.placed(
            device: logged.device, contextPosition: .start, position: position)
        for (set, changes) in zip(section.changeSets, placed) {
            if admission.refusal(ofOrdinal: set.ordinal) != nil {
                account.rejected += changes.count
                continue
            }
            for change in changes { try count(change, in: row, into: &account) }
        }
    }

    private func count(
        _ placed: PlacedChange, in row: ScopeRow, into account: inout Account
    ) throws {
        guard !placed.isSetAside else {
            account.setAside += 1
            return
        }
        guard placed.change.operation != .erased else {
            account.superseded += 1
            return
        }
        let key = placed.change.cell.key
        if key.kind == .text { return try countText(placed, in: row, into: &account) }
        let state = try state(of: placed.change.record, entity: placed.change.entity, in: row)
        let cell = state.cells.first { $0.key == key }
        let isHead =
            cell?.heads.contains { $0.device == placed.device && $0.number == placed.number }
            ?? false
        guard let cell, isHead else {
            account.superseded += 1
            return
        }
        let view = view(of: RecordState(entity: state.entity, cells: state.cells))
        if view.conflicts.contains(where: { $0.field == key.field }) {
            account.siblings += 1
        } else if view.life == .deleted || view.life == .left, key.field != .life {
            account.superseded += 1
        } else if key.kind != .register || cell.shown?.number != placed.number {
            account.merged += 1
        } else {
            account.inForce += 1
        }
    }

    /// Every edit of a text stays part of it. It is in force while nobody else has edited the text,
    /// merged since.
    private func countText(
        _ placed: PlacedChange, in row: ScopeRow, into account: inout Account
    ) throws {
        let field = placed.change.field
        let state = try state(of: placed.change.record, entity: placed.change.entity, in: row)
        let view = view(of: RecordState(entity: state.entity, cells: state.cells))
        let devices = Set((state.textCell(field)?.heads ?? []).map(\.device))
        let isRewritten = view.life == .live && isRewriter(placed.device, of: field, in: state)
        if isRewritten {
            account.siblings += 1
        } else if view.life == .deleted || view.life == .left {
            account.superseded += 1
        } else if devices == [placed.device] {
            account.inForce += 1
        } else {
            account.merged += 1
        }
    }

    private func isRewriter(_ device: DeviceID, of field: FieldID, in state: RecordState) -> Bool {
        state.texts[field]?.rewriters.contains(device) ?? false
    }
}
