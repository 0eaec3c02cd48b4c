import Foundation
import GRDB
package import Model

/// A record as it stands in the tables.
package struct StoredRecord: Sendable {
    package let id: RecordID
    package let entity: EntityID
    package let scope: Scope
    package let life: RecordView.Life
    package let createdAt: EffectiveTime
    package let updatedAt: EffectiveTime
    /// Shown values by field; fields never written are absent.
    package let values: FieldValues
    /// Whether a change of it has not been admitted yet.
    package let isPending: Bool

    package subscript(field: FieldID) -> Value { values[field] ?? .null }
    package func text(_ field: FieldID) -> String? { values[field]?.text }
    package func integer(_ field: FieldID) -> Int64? { values[field]?.integer }
    package func reference(_ field: FieldID) -> RecordID? { values[field]?.reference }
    package func isTrue(_ field: FieldID) -> Bool { values[field]?.isTrue ?? false }
    package func list(_ field: FieldID) -> [Value] { values[field]?.list ?? [] }
    package func money(_ field: FieldID) -> Money? { values[field].flatMap { Money($0) } }
    /// The texts of a set, in their order.
    package func texts(_ field: FieldID) -> [String] { list(field).compactMap(\.text).sorted() }

    init(
        id: RecordID, entity: EntityID, scope: Scope, life: RecordView.Life,
        createdAt: EffectiveTime, updatedAt: EffectiveTime, values: FieldValues,
        isPending: Bool
    ) {
        self.id = id
        self.entity = entity
        self.scope = scope
        self.life = life
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.values = values
        self.isPending = isPending
    }

    init(_ row: Row, table: EntityTable, store: StoreTransaction) throws {
        let state = try RecordState(stored: row, entity: table.entity.id, table: table)
        guard let id = RecordID(bytes: row[1] as Data),
            let life = RecordView.Life(rawValue: row[3])
        else { throw ReplicaError(.damaged, table.name) }
        self.id = id
        self.life = life
        entity = table.entity.id
        scope = try store.scope(key: row[2]).scope
        createdAt = EffectiveTime(milliseconds: row[4])
        updatedAt = EffectiveTime(milliseconds: row[5])
        values = store.view(of: state).values
        isPending = !state.tentative.isEmpty
    }
}
