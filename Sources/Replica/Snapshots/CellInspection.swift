import Cryptography
import Foundation
import GRDB
import Model

/// Checks and remakes the rows of a scope whose log is not whole: what stands in the columns
/// follows from the admitted cells beside them, and these from what the hub has signed.
struct CellInspection {
    private let store: StoreTransaction
    private let scope: ScopeRow

    init(store: StoreTransaction, scope: ScopeRow) {
        self.store = store
        self.scope = scope
    }

    /// Compares every row with its cells, and the sum of their hashes with the scope's.
    func examine(note: (DoctorReport.Fault.Kind, String) -> Void) throws {
        var sum = StateHash.zero
        for table in Self.tables {
            let rows = try Row.fetchCursor(
                store.database, sql: table.select + " WHERE scope = ?", arguments: [scope.key])
            while let row = try rows.next() {
                guard let (record, state) = Self.state(in: row, of: table) else {
                    note(.table, table.name)
                    continue
                }
                if let hash = LoadedRecord.hash(of: state, record: record) { sum.add(hash) }
                if try !isRight(row, state, table) {
                    note(.table, "\(table.name) \(record.text)")
                }
            }
        }
        let subject =
            "\(scope.scope.kind.name) " + scope.scope.members.map(\.text).joined(separator: " ")
        if sum != scope.stateHash { note(.stateHash, subject) }
    }

    /// Writes every row anew from its cells: in the columns and tables of this version, with its
    /// conflicts. The scope's state hash becomes that of the rows, so that the next sync finds out
    /// if it is not the hub's.
    func remake() throws {
        try store.flush()
        store.forget(scope)
        try store.database.execute(
            sql: "DELETE FROM conflict WHERE scope = ?", arguments: [scope.key])
        var fresh = try store.scope(scope.scope)
        fresh.stateHash = .zero
        try store.update(fresh)
        for table in Self.tables {
            let keys = try Int64.fetchAll(
                store.database, sql: "SELECT key FROM \"\(table.name)\" WHERE scope = ?",
                arguments: [scope.key])
            for (index, key) in keys.enumerated() {
                let row = try Row.fetchOne(
                    store.database.cachedStatement(sql: table.select + " WHERE key = ?"),
                    arguments: [key])
                guard let row, let (record, state) = Self.state(in: row, of: table) else {
                    // Nothing can be made of it; without it the state hash is another one.
                    try delete(key, from: table)
                    continue
                }
                let isAtHome = table.entity == EntityTable.of(state.entity)?.entity.id
                if !isAtHome { try delete(key, from: table) }
                try store.replace(state, of: record, rowKey: isAtHome ? key : nil, in: fresh)
                if index % 1000 == 999 { try store.flush() }
            }
            try store.flush()
        }
    }

    private struct Table {
        let name: String
        let select: String
        let entity: EntityID?
    }

    private static var tables: [Table] {
        Schema.entities.compactMap { entity in
            EntityTable.of(entity.id).map {
                Table(name: $0.name, select: $0.selectSQL, entity: entity.id)
            }
        } + [Table(name: ForeignTable.name, select: ForeignTable.selectSQL, entity: nil)]
    }

    private static func state(in row: Row, of table: Table) -> (RecordID, RecordState)? {
        guard let record = RecordID(bytes: row[1] as Data),
            let entity = table.entity ?? RecordState.entity(stored: [UInt8](row[6] as Data)),
            let state = try? RecordState(
                stored: row, entity: entity, table: table.entity.flatMap(EntityTable.of)),
            state.entity == entity
        else { return nil }
        return (record, state)
    }

    private func delete(_ key: Int64, from table: Table) throws {
        try store.database.execute(
            sql: "DELETE FROM \"\(table.name)\" WHERE key = ?", arguments: [key])
    }

    private func isRight(_ row: Row, _ state: RecordState, _ table: Table) throws -> Bool {
        let view = store.view(of: state)
        guard row[3] as Int64 == view.life.rawValue,
            row[5] as Int64 == view.updated.milliseconds
        else { return false }
        guard let entityTable = table.entity.flatMap(EntityTable.of) else { return true }
        return entityTable.entity.fields.enumerated().allSatisfy { index, field in
            EntityTable.column(view.values[field.id], of: field.type).databaseValue
                == row[EntityTable.firstFieldIndex + index] as DatabaseValue
        }
    }
}

extension RecordState {
    /// The entity that stands at the head of the stored form.
    static func entity(stored bytes: [UInt8]) -> EntityID? {
        var reader = ByteReader(bytes)
        return (try? reader.varint()).flatMap { UInt32(exactly: $0) }.map { EntityID($0) }
    }
}
