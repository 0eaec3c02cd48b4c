package import Cryptography
import Foundation
import GRDB
package import Model

/// Reads records from one consistent state of a replica.
package struct ReplicaReader {
    let store: StoreTransaction
    package let identity: Identity

    init(store: StoreTransaction, identity: Identity) {
        self.store = store
        self.identity = identity
    }

    /// Reads the hub's tables, which hold everybody's records, for one member. Who asks chooses by
    /// scopes what of them the member may read.
    package init(
        hubTables store: StoreTransaction, for member: MemberID, role: Role,
        programme: ProgrammeID, programmeName: String, hubKey: PublicKey
    ) {
        self.init(
            store: store,
            identity: Identity(
                member: member, role: role, programme: programme, programmeName: programmeName,
                hubKey: hubKey))
    }

    /// A bound on one field of the records that a query wants.
    package enum Filter: Sendable {
        case equals(FieldID, Value)
        /// Another value than this one, or none.
        case differs(FieldID, Value)
        case atLeast(FieldID, Value)
        case less(FieldID, Value)
        case scope(Scope)
    }

    /// A record by its id, in whatever scope it lives; nil if it is unknown or has left. With
    /// `includesDead` a deleted record is found, too.
    package func record(
        _ id: RecordID, of entity: Entity, includesDead: Bool = false
    ) throws -> StoredRecord? {
        guard let table = EntityTable.of(entity.id) else { return nil }
        let rows = try Row.fetchAll(
            store.database.cachedStatement(sql: table.selectSQL + " WHERE id = ?"),
            arguments: [Data(id.bytes)])
        let records = try rows.map { try StoredRecord($0, table: table, store: store) }
        if let live = records.first(where: { $0.life == .live && $0.scope.kind != .own }) {
            return live
        }
        if let live = records.first(where: { $0.life == .live }) { return live }
        return includesDead ? records.first { $0.life == .deleted } ?? records.first : nil
    }

    /// Live records of an entity that fit all filters, ordered by a field's values or, without
    /// one, by creation. A rising order has those without a value first, unless they are to be last.
    ///
    /// With a limit the same ones are chosen on every laptop.
    package func records(
        of entity: Entity, where filters: [Filter] = [], orderedBy order: FieldID? = nil,
        isDescending: Bool = false, isMissingLast: Bool = false, limit: Int? = nil
    ) throws -> [StoredRecord] {
        guard let table = EntityTable.of(entity.id) else { return [] }
        try store.flush(entity.id)
        var clauses = ["life = 0"]
        var arguments: [DatabaseValue] = []
        for filter in filters {
            guard let clause = try clause(filter, table, &arguments) else { return [] }
            clauses.append(clause)
        }
        let direction = isDescending ? "DESC" : "ASC"
        let field = order.flatMap { entity.field($0) }
        let column = field.map { "\"\($0.name)\"" } ?? "createdAt"
        let first = isMissingLast ? "\(column) IS NULL, " : ""
        func fetch(
            and further: String = "", _ bounds: [DatabaseValue] = [], limit: Int? = nil
        ) throws -> [StoredRecord] {
            let sql =
                table.selectSQL + " WHERE " + clauses.joined(separator: " AND ") + further
                + " ORDER BY \(first)\(column) \(direction), createdAt \(direction), key \(direction)"
                + (limit.map { " LIMIT \($0)" } ?? "")
            let rows = try Row.fetchCursor(
                store.database.cachedStatement(sql: sql),
                arguments: StatementArguments(arguments + bounds))
            var records: [StoredRecord] = []
            while let row = try rows.next() {
                records.append(try StoredRecord(row, table: table, store: store))
            }
            return records
        }
        var found = try fetch(limit: limit.map { $0 + 1 })
        if let limit, limit > 0, found.count > limit {
            let (last, next) = (found[limit - 1], found[limit])
            found.removeLast()
            if Self.areTied(last, next, by: order) {
                // Which of those that are tied belong to it is known when all of them are there.
                found.removeAll { Self.areTied($0, last, by: order) }
                let value = field.map { EntityTable.column(last[$0.id], of: $0.type) }
                found += try fetch(
                    and: " AND \(column) IS ? AND createdAt = ?",
                    [
                        value?.databaseValue ?? last.createdAt.milliseconds.databaseValue,
                        last.createdAt.milliseconds.databaseValue,
                    ])
            }
        }
        let ordered = Self.orderingTies(of: found, by: order, isDescending: isDescending)
        return limit.map { Array(ordered.prefix($0)) } ?? ordered
    }

    /// Records of one value and one moment in the order in which their devices made them: the same
    /// on every laptop, whichever came first.
    private static func orderingTies(
        of records: [StoredRecord], by order: FieldID?, isDescending: Bool
    ) -> [StoredRecord] {
        var ordered = records
        var start = 0
        while start < ordered.count {
            var end = start + 1
            while end < ordered.count, areTied(ordered[start], ordered[end], by: order) { end += 1 }
            if end - start > 1 {
                ordered[start..<end].sort { isDescending ? $1.id < $0.id : $0.id < $1.id }
            }
            start = end
        }
        return ordered
    }

    private static func areTied(
        _ one: StoredRecord, _ other: StoredRecord, by order: FieldID?
    ) -> Bool {
        one.createdAt == other.createdAt && (order.map { one[$0] == other[$0] } ?? true)
    }

    /// The version of a text that a record shows, for whoever begins to edit it.
    package func textVersion(
        of field: FieldID, in record: StoredRecord
    ) throws -> TextVersion {
        guard let row = try store.existingScope(record.scope) else { return .empty }
        return try store.text(of: field, record: record.id, entity: record.entity, in: row)
            .document.version
    }

    private func clause(
        _ filter: Filter, _ table: EntityTable, _ arguments: inout [DatabaseValue]
    ) throws -> String? {
        func comparison(_ field: FieldID, _ sign: String, _ value: Value) -> String? {
            guard let declared = table.entity.field(field) else { return nil }
            arguments.append(EntityTable.column(value, of: declared.type).databaseValue)
            return "\"\(declared.name)\" \(sign) ?"
        }
        switch filter {
        case .equals(let field, let value): return comparison(field, "IS", value)
        case .differs(let field, let value): return comparison(field, "IS NOT", value)
        case .atLeast(let field, let value): return comparison(field, ">=", value)
        case .less(let field, let value): return comparison(field, "<", value)
        case .scope(let scope):
            guard let row = try store.existingScope(scope) else { return nil }
            arguments.append(row.key.databaseValue)
            return "scope = ?"
        }
    }

    /// Ids of live records that begin with these hexadecimal digits, at most `limit`; with
    /// `includesDead` those of deleted records, too.
    package func ids(
        of entity: Entity, prefix: String, includesDead: Bool = false, limit: Int = 20
    ) throws -> [RecordID] {
        guard let table = EntityTable.of(entity.id), let bounds = PrefixBounds(prefix) else {
            return []
        }
        try store.flush(entity.id)
        let life = includesDead ? "" : "AND life = 0"
        let rows = try Row.fetchAll(
            store.database,
            sql: """
                SELECT DISTINCT id FROM "\(table.name)" WHERE id >= ? AND id <= ? \(life)
                ORDER BY id LIMIT ?
                """,
            arguments: [Data(bounds.lower), Data(bounds.upper), limit])
        return rows.compactMap { RecordID(bytes: $0[0] as Data) }
    }

    /// Whether somebody has erased a record in its scope, as far as is known here, and nothing was
    /// written in place of what it said.
    package func isErased(_ record: StoredRecord) throws -> Bool {
        let state = try store.state(
            of: record.id, entity: record.entity, in: store.scope(record.scope))
        guard state.overlaidCells.contains(where: { $0.key == .erasure }) else { return false }
        let fields = Schema.entity(record.entity)?.fields ?? []
        return fields.allSatisfy { field in
            guard field.isErasable, let value = record.values[field.id] else { return true }
            return [.null, .text(""), .list([])].contains(value)
        }
    }

    // MARK: People

    /// The member's role; one's own before the hub has confirmed it.
    package func role(of member: MemberID) throws -> Role? { try facts.role(of: member) }

    package func isCurrentMentor(_ mentor: MemberID, of participant: MemberID) throws -> Bool {
        try facts.isCurrentMentor(mentor, of: participant)
    }

    /// The member who created a record, nil if the device is unknown here.
    package func author(of record: RecordID) throws -> MemberID? {
        try store.member(of: record.device)
    }

    package func member(of device: DeviceID) throws -> MemberID? {
        try store.member(of: device)
    }

    /// Whether one may read the scope now, as far as this replica knows.
    package func mayRead(_ scope: Scope, member: MemberID) throws -> Bool {
        guard let role = try role(of: member) else { return false }
        return try ScopeAccess.mayRead(scope, member: member, role: role) {
            try isCurrentMentor($0, of: $1)
        }
    }

    /// Whether this laptop is that device, or was under a former key.
    package func isOrWas(_ device: DeviceID) throws -> Bool {
        try facts.goesOn(identity.device, for: device)
    }

    package var facts: TableFacts {
        TableFacts(store, selfKnowledge: (identity.member, identity.role))
    }
}

/// The smallest and largest sixteen bytes that begin with some hexadecimal digits.
struct PrefixBounds {
    let lower: [UInt8]
    let upper: [UInt8]

    init?(_ prefix: String) {
        let digits = prefix.lowercased()
        func padded(_ filler: Character) -> String {
            digits + String(repeating: filler, count: max(0, 32 - digits.utf8.count))
        }
        guard digits.utf8.count <= 32,
            let lower = [UInt8](hexadecimal: padded("0")),
            let upper = [UInt8](hexadecimal: padded("f"))
        else { return nil }
        self.lower = lower
        self.upper = upper
    }
}
