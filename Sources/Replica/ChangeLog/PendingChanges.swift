import Foundation
import GRDB
import Model

/// Changes that wait for a batch, as rows; the bytes are local to this replica and version.
enum PendingChanges {
    static func encode(_ changes: [Change]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64 * changes.count)
        writer.append(count: changes.count)
        for change in changes {
            writer.append(record: change.record)
            writer.append(varint: UInt64(change.entity.rawValue))
            writer.append(varint: UInt64(change.field.rawValue))
            writer.append(byte: change.operation.code)
            writer.append(operandOf: change.operation)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> [Change] {
        var reader = ByteReader(bytes)
        let changeCount = try reader.count(bytesEach: 19)
        return try (0..<changeCount).map { _ in
            let record = try reader.record()
            let entity = EntityID(UInt32(truncatingIfNeeded: try reader.varint()))
            let field = FieldID(UInt32(truncatingIfNeeded: try reader.varint()))
            let code = try reader.byte()
            return Change(
                record: record, entity: entity, field: field,
                operation: try reader.operation(code: code))
        }
    }
}

/// A change set of this device that is not sealed yet: one action, with its part in each scope.
struct PendingSet {
    let action: UInt64
    let claimed: ClaimedTime
    var parts: [Part]

    struct Part {
        let scope: Scope
        let firstNumber: UInt64
        let changes: [Change]
        let encoded: [UInt8]
    }

    var byteCount: Int { parts.reduce(0) { $0 + $1.encoded.count } }
    var changeCount: Int { parts.reduce(0) { $0 + $1.changes.count } }
}

extension PendingSet.Part {
    /// The part's changes, numbered on from its first.
    func placed(device: DeviceID, claimed: ClaimedTime, _ context: Context) -> [PlacedChange] {
        changes.enumerated().map { index, change in
            PlacedChange(
                change: change, device: device, number: firstNumber + UInt64(index),
                context: context, position: nil,
                time: EffectiveTime(milliseconds: claimed.milliseconds))
        }
    }
}

extension StoreTransaction {
    /// All pending sets in the order they were made.
    func pendingSets() throws -> [PendingSet] {
        var sets: [PendingSet] = []
        var keys: [Int64: Int] = [:]
        let rows = try Row.fetchAll(
            database, sql: "SELECT key, action, claimed FROM pendingSet ORDER BY key")
        for row in rows {
            keys[row[0]] = sets.count
            sets.append(
                PendingSet(
                    action: UInt64(bitPattern: row[1] as Int64),
                    claimed: ClaimedTime(milliseconds: row[2]), parts: []))
        }
        let parts = try Row.fetchAll(
            database,
            sql: """
                SELECT "set", scope, firstNumber, changes FROM pendingPart ORDER BY "set", scope
                """)
        for row in parts {
            guard let index = keys[row[0]] else { continue }
            let encoded = [UInt8](row[3] as Data)
            sets[index].parts.append(
                PendingSet.Part(
                    scope: try scope(key: row[1]).scope,
                    firstNumber: UInt64(bitPattern: row[2] as Int64),
                    changes: try PendingChanges.decode(encoded), encoded: encoded))
        }
        return sets
    }

    func insert(_ set: PendingSet) throws {
        try database.cachedStatement(
            sql: "INSERT INTO pendingSet (action, claimed) VALUES (?, ?)"
        ).execute(arguments: [Int64(bitPattern: set.action), set.claimed.milliseconds])
        let key = database.lastInsertedRowID
        for part in set.parts {
            try database.cachedStatement(
                sql: """
                    INSERT INTO pendingPart ("set", scope, firstNumber, changeCount, changes)
                    VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                key, try scope(part.scope).key, Int64(bitPattern: part.firstNumber),
                part.changes.count, Data(part.encoded),
            ])
        }
    }

    /// Numbers changes that were made before and lays them over the records.
    func layOver(
        _ changes: [Change], in scope: Scope, device: DeviceID, claimed: ClaimedTime,
        _ context: Context
    ) throws -> PendingSet.Part {
        let row = try self.scope(scope)
        var progress = try progress(of: device, in: row)
        let part = PendingSet.Part(
            scope: scope, firstNumber: progress.lastNumber + 1, changes: changes,
            encoded: PendingChanges.encode(changes))
        progress.lastNumber += UInt64(changes.count)
        try set(progress: progress, of: device, in: row)
        for change in part.placed(device: device, claimed: claimed, context) {
            try overlay(change, in: row)
        }
        return part
    }

    func deletePendingSets() throws {
        try database.execute(sql: "DELETE FROM pendingPart; DELETE FROM pendingSet")
        try meta.set(.pendingBytes, integer: 0)
    }
}
