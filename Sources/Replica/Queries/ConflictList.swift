import Foundation
import GRDB
package import Model

/// A field of a record that holds several values which nobody has knowingly overwritten, or a
/// record that was deleted or moved by one while another changed, moved or deleted it.
package struct RecordConflict: Sendable {
    package let id: [UInt8]
    package let record: RecordID
    package let entity: EntityID
    package let scope: Scope
    /// ``FieldID/life`` where the record as a whole is meant.
    package let field: FieldID
    package let kind: RecordView.Conflict.Kind
    /// The values that stand against each other, numbered from 1 in this order.
    package let candidates: [Candidate]
    /// The changes that stand against each other.
    let rivals: [DeviceNumber]

    package var idText: String { id.hexadecimal }

    /// One of the values.
    package struct Candidate: Sendable {
        /// The field it stands in; of deletions and departures each candidate has its own.
        package let field: FieldID
        /// The value; for a candidate of ``FieldID/life`` see ``mark``.
        package let value: Value
        package let device: DeviceID
        /// Who wrote it; nil for the hub and while the device is not known here.
        package let author: MemberID?
        package let at: EffectiveTime
        /// Whether it is what people see until somebody decides.
        package let isShown: Bool
        /// The cell, to write the value somewhere else.
        let key: Cell.Key
        /// Whether it takes an element out of a set.
        package let isRemoval: Bool

        /// Whether it was written by a later version in a way that this one cannot read.
        package var isUnread: Bool { key.kind == .unread }

        /// What became of the record, for a candidate of ``FieldID/life``.
        package var mark: LifeMark? { field == .life ? LifeMark(value) : nil }
    }

    /// Whether it is about a field, and settled by a value; else it is about the record as a whole.
    package var isOfField: Bool { kind == .value || kind == .rewrite }

    /// Whether one deleted the record while another moved it.
    package var isDeletionOfMoved: Bool {
        kind == .departure && candidates.contains { $0.mark == .deleted }
    }

    /// The candidates that somebody wrote: of a text that several have rewritten the first is what
    /// it says with all they wrote.
    package var authored: ArraySlice<Candidate> { candidates.dropFirst(kind == .rewrite ? 1 : 0) }

    /// The candidates that this member wrote.
    package func candidates(by member: MemberID) -> [Candidate] {
        authored.filter { $0.author == member }
    }

    /// The candidates that somebody else wrote.
    package func candidates(notBy member: MemberID) -> [Candidate] {
        authored.filter { $0.author != member }
    }
}

extension ReplicaReader {
    /// All open conflicts, those with the latest value first.
    package func conflicts() throws -> [RecordConflict] {
        try store.flush()
        let rows = try Row.fetchAll(
            store.database,
            sql: "SELECT id, record, entity, scope, field, kind FROM conflict ORDER BY id")
        let conflicts = try rows.compactMap { try conflict($0) }
        return conflicts.sorted { left, right in
            let leftTime = left.candidates.map(\.at).max() ?? .earliest
            let rightTime = right.candidates.map(\.at).max() ?? .earliest
            if leftTime != rightTime { return leftTime > rightTime }
            return left.id.lexicographicallyPrecedes(right.id)
        }
    }

    /// The fields of a record that are in conflict; ``FieldID/life`` where it is about the record
    /// as a whole.
    package func fieldsInConflict(of record: RecordID, _ entity: EntityID) throws -> Set<FieldID> {
        try store.flush()
        let fields = try Int64.fetchAll(
            store.database.cachedStatement(
                sql: "SELECT field FROM conflict WHERE record = ? AND entity = ?"),
            arguments: [Data(record.bytes), Int64(entity.rawValue)])
        return Set(fields.map { FieldID(UInt32($0)) })
    }

    /// How many fields of each record are in conflict, of those where any is: for lists.
    package func fieldsInConflictCounts(of entity: EntityID) throws -> [RecordID: Int] {
        try store.flush()
        let rows = try Row.fetchAll(
            store.database.cachedStatement(
                sql: """
                    SELECT record, count(DISTINCT field) FROM conflict WHERE entity = ?
                    GROUP BY record
                    """),
            arguments: [Int64(entity.rawValue)])
        return Dictionary(
            rows.compactMap { row in RecordID(bytes: row[0] as Data).map { ($0, row[1]) } },
            uniquingKeysWith: +)
    }

    /// The open conflicts that this replica's member may settle, by the hub's own rules.
    package func conflictsToSettle() throws -> [RecordConflict] {
        try openConflictCount() == 0 ? [] : conflicts().filter { try maySettle($0) }
    }

    /// Whether this replica's member may write what settles the conflict.
    package func maySettle(_ conflict: RecordConflict) throws -> Bool {
        let operations: [Change.Operation] =
            switch conflict.kind {
            case .value: conflict.candidates.prefix(1).compactMap(\.operation)
            case .rewrite:
                try text(of: conflict).flatMap {
                    try settlement(of: conflict, in: $0, by: identity.device)
                }
                .map { [.splice($0.encoded)] } ?? []
            case .deletion: [.restore, .delete]
            case .departure: [.leave]
            }
        let role = try role(of: identity.member) ?? identity.role
        let author = ChangeAuthor(device: identity.device, member: identity.member, role: role)
        let field = conflict.isOfField ? conflict.field : .life
        return try operations.contains { operation in
            let change = Change(
                record: conflict.record, entity: conflict.entity, field: field,
                operation: operation)
            return try Permission.refusal(
                of: [(scope: conflict.scope, changes: [change])], by: author, facts: facts) == nil
        }
    }

    private func conflict(_ row: Row) throws -> RecordConflict? {
        guard let record = RecordID(bytes: row[1] as Data),
            let kind = RecordView.Conflict.Kind(rawValue: row[5])
        else { throw ReplicaError(.damaged, "conflict") }
        let entity = EntityID(UInt32(row[2] as Int64))
        let field = FieldID(UInt32(row[4] as Int64))
        let scope = try store.scope(key: row[3])
        let state = try store.state(of: record, entity: entity, in: scope)
        let view = store.view(of: state)
        guard let open = view.conflicts.first(where: { $0.field == field && $0.kind == kind })
        else { return nil }
        let cells = state.overlaidCells
        let rivals = open.heads.map { DeviceNumber(device: $0.device, number: $0.number) }
        if kind == .rewrite {
            return RecordConflict(
                id: [UInt8](row[0] as Data), record: record, entity: entity, scope: scope.scope,
                field: field, kind: kind,
                candidates: try versions(of: field, record, entity, in: scope, by: open.heads),
                rivals: rivals)
        }
        let candidates = try open.heads.enumerated().map { index, head in
            // A change number names one change of a device in a scope, so it finds the cell.
            let cell = cells.first { cell in
                cell.heads.contains { $0.device == head.device && $0.number == head.number }
            }
            let key = cell?.key ?? Cell.Key(field: field, kind: .register)
            return RecordConflict.Candidate(
                field: key.field, value: Self.value(of: head, key, view),
                device: head.device, author: try store.member(of: head.device), at: head.time,
                isShown: Self.isShown(index, kind), key: key,
                isRemoval: key.kind == .element && !head.value.isTrue)
        }
        return RecordConflict(
            id: [UInt8](row[0] as Data), record: record, entity: entity, scope: scope.scope,
            field: field, kind: kind, candidates: candidates, rivals: rivals)
    }

    private static func value(of head: Head, _ key: Cell.Key, _ view: RecordView) -> Value {
        switch key.kind {
        case .element: key.element
        case .text: view.values[key.field] ?? .null
        case .register, .sum, .unread, .erasure: head.value
        }
    }

    /// Of rival values the first is shown. A record that was edited while it was deleted lives;
    /// one that has left stays away.
    private static func isShown(_ index: Int, _ kind: RecordView.Conflict.Kind) -> Bool {
        switch kind {
        case .value, .departure, .rewrite: index == 0
        case .deletion: index > 0
        }
    }
}

extension Action {
    /// Settles a conflict of values: this one stands, the others are knowingly overwritten. Of words
    /// that several have rewritten, those stand that the candidate's author had in their place.
    package mutating func resolve(
        _ conflict: RecordConflict, keeping candidate: RecordConflict.Candidate
    ) throws {
        guard let entity = Schema.entity(conflict.entity), conflict.kind == .rewrite else {
            return try resolve(conflict, with: candidate.value)
        }
        try settle(conflict, of: entity, as: candidate)
    }

    /// Settles a conflict of values, or of words that several have rewritten, by a new value, and
    /// lets a text stand as it then is.
    package mutating func resolve(_ conflict: RecordConflict, with value: Value) throws {
        guard let entity = Schema.entity(conflict.entity), conflict.isOfField else {
            throw ReplicaError(.unknownRecord, conflict.idText)
        }
        try set(conflict.field, of: conflict.record, entity, in: conflict.scope, to: value)
        if conflict.kind == .rewrite { try settle(conflict, of: entity) }
    }

    /// What the field of a conflict says with what the open change set has done to it.
    package func value(of conflict: RecordConflict) throws -> Value {
        let text = try openText(
            conflict.field, of: conflict.record, conflict.entity, in: conflict.scope)
        return ShownText(text.text).value
    }

    /// Settles a deletion or a departure by dropping what was changed meanwhile. A record that was
    /// deleted by one while another moved it is deleted where it is now.
    ///
    /// - Throws: ``ReplicaError`` with `unknownRecord` if such a record is nowhere to be found.
    package mutating func resolveByDropping(_ conflict: RecordConflict) throws {
        guard !conflict.isOfField else {
            throw ReplicaError(.unknownRecord, conflict.idText)
        }
        if conflict.isDeletionOfMoved {
            let (entity, home) = try home(of: conflict)
            delete(conflict.record, entity, in: home)
        }
        append(lifeChange(conflict, conflict.kind == .deletion ? .delete : .leave), conflict.scope)
    }

    /// Settles a deletion by bringing the record back, a departure by taking what was changed
    /// meanwhile over to where the record is now.
    ///
    /// - Throws: ``ReplicaError`` with `unknownRecord` if the record is nowhere to be found, with
    ///   `setAside` if what was changed cannot be read here.
    package mutating func resolveByRestoring(_ conflict: RecordConflict) throws {
        switch conflict.kind {
        case .value, .rewrite:
            throw ReplicaError(.unknownRecord, conflict.idText)
        case .deletion:
            append(lifeChange(conflict, .restore), conflict.scope)
        case .departure:
            let (entity, home) = try home(of: conflict)
            // In the order they were made, so that the one shown is written last.
            var texts: Set<FieldID> = []
            for candidate in conflict.candidates.reversed() where candidate.field != .life {
                if candidate.key.kind == .text {
                    guard texts.insert(candidate.field).inserted else { continue }
                    try takeOver(candidate, of: conflict, entity, to: home)
                    continue
                }
                guard let operation = candidate.operation else {
                    throw ReplicaError(.setAside, conflict.record.text)
                }
                append(
                    Change(
                        record: conflict.record, entity: conflict.entity, field: candidate.field,
                        operation: operation),
                    home)
            }
            append(lifeChange(conflict, .leave), conflict.scope)
        }
    }

    /// Where a record that left is now.
    private func home(of conflict: RecordConflict) throws -> (Entity, Scope) {
        guard let entity = Schema.entity(conflict.entity),
            let home = try reader.record(conflict.record, of: entity),
            home.scope != conflict.scope
        else { throw ReplicaError(.unknownRecord, conflict.record.text) }
        return (entity, home.scope)
    }

    private func lifeChange(
        _ conflict: RecordConflict, _ operation: Change.Operation
    ) -> Change {
        Change(
            record: conflict.record, entity: conflict.entity, field: .life, operation: operation)
    }
}

extension RecordConflict.Candidate {
    /// The change that writes it; nil where only a later version could.
    fileprivate var operation: Change.Operation? {
        switch key.kind {
        case .register: .set(value)
        case .unread, .text, .erasure: nil
        case .element: isRemoval ? .remove(value) : .add(value)
        case .sum: .contribute(value.integer ?? 0)
        }
    }
}
