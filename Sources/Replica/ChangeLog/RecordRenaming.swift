import Foundation
import GRDB
import Model

/// New ids for records, and for the references to them.
struct RecordRenaming {
    private var newIDs: [RecordID: RecordID] = [:]

    init(_ newIDs: [RecordID: RecordID]) { self.newIDs = newIDs }

    /// Reads what the cut of a tail decided.
    init(_ store: StoreTransaction) throws {
        for row in try Row.fetchAll(store.database, sql: "SELECT old, new FROM tailRecord") {
            guard let old = RecordID(bytes: row[0] as Data),
                let new = RecordID(bytes: row[1] as Data)
            else { throw ReplicaError(.damaged, "tailRecord") }
            newIDs[old] = new
        }
    }

    var count: Int { newIDs.count }

    /// Lets records keep their ids: they are the hub's already.
    mutating func keepIDs(createdBy changes: [Change]) {
        for change in changes where change.operation == .create { newIDs[change.record] = nil }
    }

    func renamed(_ change: Change) -> Change {
        let operation: Change.Operation =
            switch change.operation {
            case .set(let value): .set(renamed(value))
            case .add(let value): .add(renamed(value))
            case .remove(let value): .remove(renamed(value))
            default: change.operation
            }
        return Change(
            record: newIDs[change.record] ?? change.record, entity: change.entity,
            field: change.field, operation: operation)
    }

    private func renamed(_ value: Value) -> Value {
        switch value {
        case .reference(let record): .reference(newIDs[record] ?? record)
        case .list(let values): .list(values.map(renamed))
        default: value
        }
    }
}
