import Cryptography
import Foundation
import GRDB
package import Model
import Wire

/// One change in the history of a record.
package struct HistoryEntry: Sendable {
    package enum State: String, Sendable {
        /// Not sent yet, or the hub has not decided.
        case waiting
        case admitted
        case refused
    }

    package enum Author: Hashable, Sendable {
        case hub
        /// Nil while the device is not known here.
        case member(MemberID?)
    }

    /// When it counts as made; when its author thought it was while it waits.
    package let at: EffectiveTime
    package let author: Author
    package let device: DeviceID
    package let scope: Scope
    package let entity: EntityID
    /// ``FieldID/life`` where the record as a whole was created, deleted, restored or moved.
    package let field: FieldID
    package let operation: Change.Operation
    /// What its author saw before: the shown value of a field, whether an element was in a set.
    /// Null where there was nothing.
    package let before: Value
    /// For an edit of a text, what it had become when the author saved it; else null.
    package let after: Value
    /// Names the state of the record that its author had then; see
    /// ``ReplicaReader/records(_:of:atVersion:)``.
    package let version: String
    /// For an edit of a text, the versions of other edits that rewrote the same words without
    /// knowing of this one.
    package let sameTimeAs: [String]
    package let state: State
    /// Why it was refused.
    package let reason: RefusalReason?

    /// The life that a change of ``FieldID/life`` found; nil where the record did not exist.
    package var lifeBefore: LifeMark? { field == .life ? LifeMark(before) : nil }
}

extension ReplicaReader {
    /// Every change of a record that this replica holds, in the hub's order, its own unadmitted
    /// ones last.
    ///
    /// Costs the inflating of all sections of the scopes in which the record lies.
    package func history(of record: RecordID) throws -> [HistoryEntry] {
        let found = try changes(of: record)
        var texts = TextVersions(of: found)
        return try found.enumerated().map { index, change in
            try entry(change, after: found[..<index], &texts)
        }
    }

    /// Every change of a record, in the order of its history.
    func changes(of record: RecordID) throws -> [FoundChange] {
        var found: [FoundChange] = []
        for row in try scopes(of: record) {
            let own = try loggedChanges(of: record, in: row) + pendingChanges(of: record, in: row)
            found += own
        }
        return found.sorted(by: FoundChange.isBefore)
    }

    /// Whether changes of the record may be missing that lie behind a snapshot.
    package func lacksHistory(of record: RecordID) throws -> Bool {
        try scopes(of: record).contains { try store.lacksHistory($0) }
    }

    /// A change with its place and the hub's decision.
    struct FoundChange {
        let placed: PlacedChange
        let scope: Scope
        let state: HistoryEntry.State
        let reason: RefusalReason?

        /// Names the state that its author had after it: the same on every replica.
        var version: String {
            var writer = ByteWriter()
            writer.append(bytes: scope.bytes)
            writer.append(bigEndian: placed.device.rawValue)
            writer.append(varint: placed.number)
            let hash = ContentHash.of(writer.bytes, domain: HashDomain("waymark version v1"))
            return Array(hash.bytes.prefix(8)).hexadecimal
        }

        /// Whether its author had seen another change when they made it.
        func hasSeen(_ other: Self) -> Bool {
            guard other.state != .refused, other.scope == scope,
                other.placed.change.entity == placed.change.entity
            else { return false }
            if other.placed.device == placed.device {
                return other.placed.number < placed.number
            }
            return placed.context.contains(
                device: other.placed.device, number: other.placed.number,
                position: other.placed.position)
        }

        /// In the hub's order; what has no place in it comes last, in the order it was made.
        static func isBefore(_ left: Self, _ right: Self) -> Bool {
            switch (left.placed.position, right.placed.position) {
            case (_?, nil): return true
            case (nil, _?): return false
            case (let first?, let second?) where first != second: return first < second
            default: break
            }
            if left.placed.time != right.placed.time { return left.placed.time < right.placed.time }
            if left.scope != right.scope { return left.scope < right.scope }
            return (left.placed.device, left.placed.number)
                < (right.placed.device, right.placed.number)
        }
    }

    /// The scopes in which the record has a row, as far as they may be shown.
    private func scopes(of record: RecordID) throws -> [ScopeRow] {
        var keys: Set<Int64> = []
        for table in Schema.entities.map(\.name) + [ForeignTable.name] {
            try store.flush()
            let rows = try Row.fetchAll(
                store.database.cachedStatement(
                    sql: "SELECT scope FROM \"\(table)\" WHERE id = ?"),
                arguments: [Data(record.bytes)])
            for row in rows { keys.insert(row[0]) }
        }
        return try keys.sorted().map { try store.scope(key: $0) }.filter { $0.status == .level }
    }

    private func loggedChanges(of record: RecordID, in row: ScopeRow) throws -> [FoundChange] {
        let sections = try Row.fetchCursor(
            store.database,
            sql: StoreTransaction.LoggedSection.selectSQL + " WHERE scope = ?",
            arguments: [row.key])
        var found: [FoundChange] = []
        while let sectionRow = try sections.next() {
            let logged = try StoreTransaction.LoggedSection(sectionRow)
            // What this version cannot read is counted by the status as set aside.
            guard let section = try? logged.content.open(),
                section.changeSets.contains(where: { set in
                    set.changes.contains { $0.record == record }
                })
            else { continue }
            found += try changes(of: record, in: section, logged)
        }
        return found
    }

    private func changes(
        of record: RecordID, in section: Section, _ logged: StoreTransaction.LoggedSection
    ) throws -> [FoundChange] {
        guard let batch = try store.batch(device: logged.device, sequence: logged.sequence) else {
            throw ReplicaError(.damaged, "batch")
        }
        let header = try batch.header()
        let admission = try logged.admissionBytes.map { try SectionAdmission(encodedBytes: $0) }
        let context =
            try logged.position.map {
                try store.context(
                    of: section, header: header, in: store.scope(key: logged.scopeKey), at: $0)
            } ?? section.context(of: logged.device, at: header.context)
        let placed: [[PlacedChange]]
        if let admission, let receipt = batch.receipt {
            placed = section.placed(
                device: logged.device, context: context, position: logged.position,
                floor: admission.floor, receipt: receipt)
        } else {
            placed = section.placed(
                device: logged.device, context: context, position: logged.position)
        }
        // What came by bundle and is not shown is not told of either.
        let shown =
            try store.heldSection(logged.key) == nil
            ? nil : Set(store.laidOver(logged).map(\.number))
        var found: [FoundChange] = []
        for (set, changes) in zip(section.changeSets, placed) {
            let refusal = admission?.refusal(ofOrdinal: set.ordinal)
            let state: HistoryEntry.State =
                refusal != nil || batch.state == .refusedWhole
                ? .refused : logged.position == nil ? .waiting : .admitted
            for change in changes where change.change.record == record {
                guard shown?.contains(change.number) ?? true else { continue }
                found.append(
                    FoundChange(
                        placed: change, scope: section.scope, state: state, reason: refusal))
            }
        }
        return found
    }

    /// Changes that are not sealed into a batch yet.
    private func pendingChanges(of record: RecordID, in row: ScopeRow) throws -> [FoundChange] {
        let context = try store.seen(in: row)
        var changes: [PlacedChange] = []
        for part in try store.tailChanges(where: { $0 == row.scope }) { changes += part.changes }
        for set in try store.pendingSets() {
            for part in set.parts where part.scope == row.scope {
                changes += part.placed(device: identity.device, claimed: set.claimed, context)
            }
        }
        return changes.filter { $0.change.record == record }.map {
            FoundChange(placed: $0, scope: row.scope, state: .waiting, reason: nil)
        }
    }

    private func entry(
        _ change: FoundChange, after earlier: ArraySlice<FoundChange>,
        _ texts: inout TextVersions
    ) throws -> HistoryEntry {
        let saved = texts.save(change)
        let device = change.placed.device
        let isHub = device == DeviceID(identity.hubKey)
        return HistoryEntry(
            at: change.placed.time, author: isHub ? .hub : .member(try store.member(of: device)),
            device: device, scope: change.scope, entity: change.placed.change.entity,
            field: change.placed.change.field, operation: change.placed.change.operation,
            before: saved?.before ?? Self.before(change, among: earlier),
            after: saved?.after ?? .null, version: change.version,
            sameTimeAs: saved?.sameTimeAs ?? [], state: change.state, reason: change.reason)
    }

    /// What the author of a change saw in its cell: the merge of what lay inside their context.
    private static func before(
        _ change: FoundChange, among earlier: ArraySlice<FoundChange>
    ) -> Value {
        let key = change.placed.change.cell.key
        var cell = Cell(key: key)
        for other in earlier where change.hasSeen(other) {
            let (otherKey, value) = other.placed.change.cell
            guard otherKey == key else { continue }
            cell.apply(
                Head(
                    device: other.placed.device, number: other.placed.number,
                    position: other.placed.position, time: other.placed.time, value: value,
                    context: other.placed.context),
                context: other.placed.context)
        }
        switch key.kind {
        case .register: return cell.shown?.value ?? .null
        case .element: return .boolean(cell.heads.contains { $0.value.isTrue })
        case .sum:
            return cell.heads.first { $0.device == change.placed.device }?.value ?? .null
        case .unread, .text, .erasure: return .null
        }
    }
}
