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
    /// Counts every change that this device made, from the log.
    func account(of device: DeviceID) throws -> Account {
        var account = Account()
        for set in try pendingSets() { account.waiting += set.changeCount }
        let sections = try Row.fetchCursor(
            database, sql: LoggedSection.selectSQL + " WHERE device = ? ORDER BY sequence",
            arguments: [device.column])
        while let row = try sections.next() {
            try count(LoggedSection(row), into: &account)
        }
        account.inForce += Int(try meta.integer(.departedInForce) ?? 0)
        account.superseded += Int(try meta.integer(.departedSuperseded) ?? 0)
        account.merged += Int(try meta.integer(.departedMerged) ?? 0)
        account.rejected += Int(try meta.integer(.departedRejected) ?? 0)
        account.made =
            account.inForce + account.superseded + account.siblings + account.merged
            + account.rejected + account.waiting + account.setAside
        return account
    }

    /// Keeps the count of this device's changes in a scope that is about to be purged.
    func noteDeparture(of row: ScopeRow, identity: Identity) throws {
        var account = Account()
        let sections = try Row.fetchAll(
            database,
            sql: LoggedSection.selectSQL
                + " WHERE device = ? AND scope = ? AND epoch IS NOT NULL",
            arguments: [identity.device.column, row.key])
        for section in sections { try count(LoggedSection(section), into: &account) }
        func add(_ name: Meta.Name, _ amount: Int) throws {
            try meta.set(name, integer: (try meta.integer(name) ?? 0) + Int64(amount))
        }
        try add(.departedInForce, account.inForce + account.siblings)
        try add(.departedSuperseded, account.superseded)
        try add(.departedMerged, account.merged + account.setAside)
        try add(.departedRejected, account.rejected)
    }

    private func count(_ logged: LoggedSection, into account: inout Account) throws {
        guard let section = try? SectionBytes(logged.bytes).open() else {
            account.setAside += try SectionBytes(logged.bytes).outline().changeCount
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
        guard !placed.change.isSetAside else {
            account.setAside += 1
            return
        }
        let key = placed.change.cell.key
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
}
