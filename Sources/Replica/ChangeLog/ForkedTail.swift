import Cryptography
import Foundation
import GRDB
import Model
import Wire

/// What a laptop wrote under a key that it gave up, and the hub never took in.
///
/// A laptop that was restored from a backup, or is a copy of another one, numbers its work from
/// where the backup or the copy was made. The hub has other work under these numbers. When that is
/// noticed, the laptop gets a new key and this tail of its former device's log is cut off:
///
/// 1. *cut*: the unsent change sets move from the log into the tables `tailSet` and `tailPart`.
///    They stay laid over the records, so nothing that a person wrote goes out of sight. Batches
///    that the hub had and has lost follow as soon as it is known that it cannot take them back.
/// 2. *fetch*: what the former device sent before, from the lost disk or from the other copy, comes
///    as if somebody else had written it.
/// 3. *re-author*: the sets are written anew under the new key, with what their author had seen
///    then. Records that they create get new ids, for the hub may have others under the old ones,
///    and so do references to these records. A set that came back in step 2, because it was in the
///    backup unsent and was sent before the disk was lost, is let go.
///
/// Between 1 and 3 lies a sync that can be cut off, and then weeks without one. What a person does
/// meanwhile stands on the tail: it edits records that will get other ids, and must neither reach the
/// hub under the old ones nor be older than what it was made on. So it is appended to the tail.
struct TailSet {
    /// The device that numbered it.
    let device: DeviceID
    /// The number of the batch in which it stood, so that sets of one number have one context for
    /// each scope; larger than any for what was not sealed, larger still for what came later.
    let group: Int
    /// What the author had seen, for each part.
    let contexts: [Context]
    let set: PendingSet

    static let groupOfPending = Int(Int32.max)

    /// Counters and numbers after this are those of what is done while the tail waits.
    static let farNumber: UInt64 = 1 << 32
}

extension StoreTransaction {
    var hasTail: Bool {
        get throws {
            try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM tailSet)")) ?? false
        }
    }

    /// The tail's change sets in the order they were made.
    func tailSets() throws -> [TailSet] {
        let parts = Dictionary(
            grouping: try Row.fetchAll(
                database,
                sql: """
                    SELECT "set", scope, context, firstNumber, changes FROM tailPart
                    ORDER BY "set", scope
                    """), by: { $0[0] as Int64 })
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT key, device, \"group\", action, claimed FROM tailSet ORDER BY key")
        return try rows.map { row in
            let parts = parts[row[0]] ?? []
            var contexts: [Context] = []
            for part in parts {
                var reader = ByteReader([UInt8](part[2] as Data))
                contexts.append(try reader.context())
            }
            return TailSet(
                device: DeviceID(column: row[1]), group: row[2], contexts: contexts,
                set: PendingSet(
                    action: UInt64(bitPattern: row[3] as Int64),
                    claimed: ClaimedTime(milliseconds: row[4]),
                    parts: try parts.map { part in
                        let encoded = [UInt8](part[4] as Data)
                        return PendingSet.Part(
                            scope: try scope(key: part[1]).scope,
                            firstNumber: UInt64(bitPattern: part[3] as Int64),
                            changes: try PendingChanges.decode(encoded), encoded: encoded)
                    }))
        }
    }

    func insert(_ tail: TailSet) throws {
        try database.execute(
            sql: "INSERT INTO tailSet (device, \"group\", action, claimed) VALUES (?, ?, ?, ?)",
            arguments: [
                tail.device.column, tail.group, Int64(bitPattern: tail.set.action),
                tail.set.claimed.milliseconds,
            ])
        let key = database.lastInsertedRowID
        for (part, context) in zip(tail.set.parts, tail.contexts) {
            var writer = ByteWriter()
            writer.append(context: context)
            try database.execute(
                sql: """
                    INSERT INTO tailPart ("set", scope, context, firstNumber, changeCount, changes)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    key, try scope(part.scope).key, Data(writer.bytes),
                    Int64(bitPattern: part.firstNumber), part.changes.count, Data(part.encoded),
                ])
        }
    }

    /// The devices that have a part in the tail.
    func tailDevices() throws -> Set<DeviceID> {
        Set(
            try Int64.fetchAll(database, sql: "SELECT DISTINCT device FROM tailSet")
                .map { DeviceID(column: $0) })
    }

    /// Of which device what is done now goes to the tail: of the latest that has a part in it. Nil
    /// if there is no tail.
    func tailDevice(_ identity: Identity) throws -> DeviceID? {
        guard try hasTail else { return nil }
        let devices = try tailDevices()
        return try ownDevices(identity).map(\.device).first { devices.contains($0) }
    }

    /// How far a device has come in a scope, with what the tail holds of it. What is done on the tail
    /// has numbers far from those that the other copy of the laptop may give: laid over records to
    /// which that copy's work has come, it would be taken for the same.
    func tailProgress(of device: DeviceID, in row: ScopeRow) throws -> DeviceProgress {
        var progress = try progress(of: device, in: row)
        let last = try Int64.fetchOne(
            database,
            sql: """
                SELECT max(firstNumber + changeCount - 1) FROM tailPart
                JOIN tailSet ON tailSet.key = tailPart."set" WHERE device = ? AND scope = ?
                """, arguments: [device.column, row.key])
        progress.lastNumber = max(
            progress.lastNumber, UInt64(bitPattern: last ?? 0), TailSet.farNumber)
        return progress
    }

    /// Appends what was done while the tail waited; it is numbered and laid over the records already.
    func appendToTail(
        _ sets: [PendingSet], of device: DeviceID, seen: (Scope) -> Context
    ) throws {
        let last = try Int.fetchOne(database, sql: "SELECT max(\"group\") FROM tailSet") ?? 0
        let group = max(last, TailSet.groupOfPending) + 1
        for set in sets {
            try insert(
                TailSet(
                    device: device, group: group, contexts: set.parts.map { seen($0.scope) },
                    set: set))
        }
    }

    /// A new id for a record that is created on the tail: one of the tail's device, that will be
    /// another one once it is written anew. Only an invitation keeps its.
    func newTailRecord(
        of entity: Entity, by device: DeviceID, for successor: DeviceID
    ) throws -> RecordID {
        let new = RecordID(device: successor, counter: try meta.next(.recordCounter))
        guard entity.id != Schema.invitation.id, device != successor else { return new }
        // Far from what the other copy of the laptop may create meanwhile.
        let counter = max(try meta.integer(.tailCounter) ?? 0, Int64(TailSet.farNumber)) + 1
        try meta.set(.tailCounter, integer: counter)
        let old = RecordID(device: device, counter: UInt64(counter))
        try database.execute(
            sql: "INSERT INTO tailRecord (old, new) VALUES (?, ?)",
            arguments: [Data(old.bytes), Data(new.bytes)])
        return old
    }

    func deleteTail() throws {
        try database.execute(
            sql: "DELETE FROM tailPart; DELETE FROM tailSet; DELETE FROM tailRecord")
    }

    /// The tail's changes as they are laid over the records of the scopes that pass the test.
    func tailChanges(where isWanted: (Scope) -> Bool = { _ in true }) throws
        -> [(scope: Scope, changes: [PlacedChange])]
    {
        try tailSets().flatMap { tail in
            zip(tail.set.parts, tail.contexts).filter { isWanted($0.0.scope) }.map {
                part, context in
                (part.scope, part.placed(device: tail.device, claimed: tail.set.claimed, context))
            }
        }
    }

    /// Turns what the tail holds of a scope that leaves into rejected items.
    func rejectTail(in row: ScopeRow) throws -> [[UInt8]] {
        var rejected: [[UInt8]] = []
        for tail in try tailSets() {
            for part in tail.set.parts where part.scope == row.scope {
                try meta.add(part.changes.count, to: .departedRejected)
                let set = ChangeSet(
                    ordinal: 0, action: tail.set.action, claimed: tail.set.claimed,
                    changes: part.changes)
                rejected += try reject(
                    set, by: tail.device, in: row, of: part.placeholder(device: tail.device),
                    reason: .wrongScope,
                    at: tail.set.claimed)
            }
        }
        try database.execute(
            sql: """
                DELETE FROM tailPart WHERE scope = ?;
                DELETE FROM tailSet WHERE key NOT IN (SELECT "set" FROM tailPart);
                """, arguments: [row.key])
        return rejected
    }
}

extension PendingSet.Part {
    /// Stands for the batch that this part never got, in the ids of rejected items.
    func placeholder(device: DeviceID) -> Digest {
        let parts: [[UInt8]] = [
            device.rawValue.bigEndianBytes, scope.bytes, firstNumber.bigEndianBytes,
        ]
        return Digest(ContentHash.of(parts, domain: HashDomain("waymark rejected v1")))
    }
}
