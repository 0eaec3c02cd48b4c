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

    /// What can be counted of changes that the hub has decided on.
    static var decidedParts: [WritableKeyPath<Account, Int>] {
        [\.inForce, \.superseded, \.siblings, \.merged, \.rejected, \.setAside]
    }

    private static var parts: [WritableKeyPath<Account, Int>] { decidedParts + [\.waiting] }

    /// All but ``made``.
    var sum: Int { Self.parts.reduce(0) { $0 + self[keyPath: $1] } }

    mutating func add(_ other: Account) {
        for part in Self.parts { self[keyPath: part] += other[keyPath: part] }
    }
}

extension StoreTransaction {
    /// Counts every change that was made on this laptop, under its present key and former ones,
    /// from the log. What is still as it was counted the last time is not counted again.
    func account(of identity: Identity) throws -> Account {
        try count(
            of: identity, since: CountedWork.kept(meta, common: commonCondition(of: identity))
        ).account
    }

    /// The same with what is to be kept for the next time, and how many changes were counted anew.
    /// Without anything `kept` of the last time all of them are.
    func count(
        of identity: Identity, since kept: CountedWork
    ) throws -> (account: Account, counted: CountedWork, countedAnew: Int) {
        var account = Account()
        for set in try pendingSets() { account.waiting += set.changeCount }
        for tail in try tailSets() { account.waiting += tail.set.changeCount }
        let own = try ownDevices(identity)
        let departed = try DepartedWork(meta)
        var counted = CountedWork(common: kept.common)
        var countedAnew = 0
        for row in try allScopes() {
            try countSections(.undecided, of: own, in: row, into: &account)
            // Until a scope that comes back is whole, it counts as it stood when it left, and what had
            // stayed by what was decided since.
            if departed.isAway(row.key), row.status == .catchingUp {
                try countSections(.staying, of: own, in: row, into: &account)
                continue
            }
            let condition = try condition(of: row)
            if let entry = kept.byScope[row.key], entry.condition == condition {
                counted.byScope[row.key] = entry
                account.add(entry.account)
                continue
            }
            let decided = try decidedAccount(in: row, own)
            account.add(decided)
            countedAnew += decided.sum
            if let condition, decided.waiting == 0 {
                counted.byScope[row.key] = CountedWork.Entry(
                    condition: condition, account: decided)
            }
        }
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
        account.made = account.sum
        return (account, counted, countedAnew)
    }

    /// Counts this laptop's changes in a scope as far as they stand at a place in the order.
    func decidedAccount(in row: ScopeRow, _ own: [OwnDevice]) throws -> Account {
        var account = Account()
        try countSections(.decided, of: own, in: row, into: &account)
        return account
    }

    /// Keeps the count of this device's changes in a scope that is about to be purged.
    ///
    /// What has come back of one that had left and leaves again before it is whole is counted already,
    /// but not what was refused meanwhile.
    func noteDeparture(of row: ScopeRow, identity: Identity) throws {
        let part: Part = try isComingBack(row) ? .leavingAgain : .leaving
        var account = Account()
        try countSections(part, of: ownDevices(identity), in: row, into: &account)
        try forgetReturned(in: row)
        // Of the present device what was not decided on stays in the log and is counted there.
        var departed = try DepartedWork(meta)
        try departed.add(account, leavingWith: row.key, meta)
    }

    /// Whether a scope had left with work of this laptop's and is not whole again.
    func isComingBack(_ row: ScopeRow) throws -> Bool {
        try row.status == .catchingUp && DepartedWork(meta).isAway(row.key)
    }

    /// Notes that a scope which had left is whole again, and its changes are counted in the log.
    func noteReturn(of row: ScopeRow, identity: Identity) throws {
        var departed = try DepartedWork(meta)
        if departed.isAway(row.key) {
            var account = Account()
            try countSections(.returned, of: ownDevices(identity), in: row, into: &account)
            try departed.take(account, comingBackWith: row.key, meta)
        }
        try forgetReturned(in: row)
    }

    /// Notes that changes of this laptop have come back to a scope that was whole without them.
    func noteReturn(ofChanges count: Int, to row: ScopeRow) throws {
        var departed = try DepartedWork(meta)
        try departed.take(count, comingBackTo: row.key, meta)
    }

    /// Which of the sections in a scope are counted.
    private enum Part {
        /// Those with a place in the order.
        case decided
        /// Those without.
        case undecided
        /// Those that leave with the scope: of the present device, which comes first, those with a
        /// place.
        case leaving
        /// Of those that leave with a scope which had left, what had not come back with it.
        case leavingAgain
        /// Those that came back with the scope.
        case returned
        /// Those that stayed as the scope left, because nothing was decided on them, or were written
        /// since, and now have a place.
        case staying
    }

    /// Whether a row of `section` left with its scope and has come back, while that is not whole.
    static let hasReturnedSQL =
        "EXISTS (SELECT 1 FROM returnedSection WHERE returnedSection.section = section.key)"

    /// Counts what stands in the log.
    private func countSections(
        _ part: Part, of own: [OwnDevice], in row: ScopeRow, into account: inout Account
    ) throws {
        for (index, own) in own.enumerated() {
            // What another copy wrote under a former key is not unsent here. The plus keeps SQLite
            // from walking through all that the device ever wrote, for each scope.
            var sql =
                LoggedSection.selectSQL + """
                     WHERE scope = ? AND +device = ? AND (sequence <= ? OR EXISTS (
                        SELECT 1 FROM batch
                        WHERE batch.device = section.device AND batch.sequence = section.sequence
                            AND batch.state IN (0, 3)))
                    """
            switch part {
            case .leaving where index > 0: break
            case .leavingAgain where index > 0: sql += " AND NOT \(Self.hasReturnedSQL)"
            case .leaving: sql += " AND (epoch IS NOT NULL OR admission IS NOT NULL)"
            case .leavingAgain:
                sql += """
                     AND (epoch IS NOT NULL OR admission IS NOT NULL)
                    AND NOT \(Self.hasReturnedSQL)
                    """
            case .decided: sql += " AND epoch IS NOT NULL"
            case .undecided: sql += " AND epoch IS NULL"
            case .returned: sql += " AND epoch IS NOT NULL AND \(Self.hasReturnedSQL)"
            case .staying:
                sql += " AND epoch IS NOT NULL AND NOT \(Self.hasReturnedSQL)"
            }
            let sections = try Row.fetchCursor(
                database.cachedStatement(sql: sql),
                arguments: [
                    row.key, own.device.column,
                    own.lastSequence.map { Int64(clamping: $0) } ?? .max,
                ])
            while let section = try sections.next() {
                try count(LoggedSection(section), into: &account)
            }
        }
    }

    private func count(_ logged: LoggedSection, into account: inout Account) throws {
        guard let section = try? logged.content.open() else {
            account.setAside += try logged.content.outline().changeCount
            return
        }
        guard let admissionBytes = logged.admissionBytes else {
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
        guard let position = logged.position else {
            // The scope is fetched anew, and how it stands there nobody can tell until it is whole.
            for set in section.changeSets {
                let isRefused = admission.refusal(ofOrdinal: set.ordinal) != nil
                account.rejected += isRefused ? set.changes.count : 0
                account.inForce += isRefused ? 0 : set.changes.count
            }
            return
        }
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
