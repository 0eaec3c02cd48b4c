import Cryptography
import Foundation
import GRDB
package import Model
import Wire

extension StoreTransaction {
    /// Keeps what the hub refused for its author to read and export: one item for each record of
    /// the part of the change set that lies in this scope.
    ///
    /// The set stands in a section, where its first change has a place; one that was never sealed
    /// stands in none.
    ///
    /// - Returns: the ids of items that are new.
    func reject(
        _ set: ChangeSet, by device: DeviceID, in row: ScopeRow, of batch: Digest,
        from place: (section: Digest, first: Int)? = nil,
        reason: RefusalReason, at: ClaimedTime
    ) throws -> [[UInt8]] {
        for edit in set.changes.compactMap({ $0.textEdit(by: device) }) { try noteUsed(edit) }
        let readable = try readable(set.changes, by: device, in: row)
        // The records showed what an undo had brought back of others, whom this member may not read.
        if reason == .wrongScope { try meta.notePurge() }
        // A section that was refused whole shows in nothing that a kept count goes by.
        try meta.set(.countedWork, bytes: nil)
        var ids: [[UInt8]] = []
        for (record, changes) in Self.byRecord(readable) {
            let id = RejectedItem.id(
                batch: batch, ordinal: set.ordinal, record: record, entity: changes[0].entity,
                scope: row.scope)
            // An erasure takes all changes of the record in the set that it can take, or none.
            let erasable = set.changes.firstIndex { change in
                change.record == record && change.entity == changes[0].entity && change.isErasable
            }
            try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO rejected
                        (id, record, entity, reason, changeCount, changes, at, section, place)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                Data(id), Data(record.bytes), Int64(changes[0].entity.rawValue),
                Int64(reason.rawValue), changes.count, Data(PendingChanges.encode(changes)),
                at.milliseconds, place.map { Data($0.section.bytes) },
                place.flatMap { place in erasable.map { place.first + $0 } },
            ])
            hasRejected = true
            if database.changesCount > 0 { ids.append(id) }
            // What the hub refused is not in force; there is nothing to undo of it.
            forgetUndo(of: record)
        }
        return ids
    }

    /// The changes with the words that were written in place of each edit of a text, which nobody
    /// could read. What an edit brings back, as an undo does, is left out: others may have written
    /// it, and it may leave this replica with its scope, while the item stays.
    private func readable(
        _ changes: [Change], by device: DeviceID, in row: ScopeRow
    ) throws -> [Change] {
        try changes.map { change in
            guard let edit = change.textEdit(by: device) else {
                return try isOthersText(change, than: device, in: row)
                    ? change.setting(.null) : change
            }
            if try isPutBack(change, by: device, in: row) { return change.setting(.null) }
            let texts = try textsAround(
                edit, of: change.field, record: change.record, entity: change.entity, in: row)
            var written = ""
            var isNext = false
            for words in edit.writtenWords(over: texts.before) {
                guard !texts.admitted.contains(words.text) || texts.before.contains(words.text)
                else {
                    isNext = false
                    continue
                }
                if !written.isEmpty { written += isNext ? words.blankBefore ?? Self.gap : Self.gap }
                written += words.text
                isNext = true
            }
            return change.setting(ShownText(written).value)
        }
    }

    /// Stands for words that are not told.
    private static let gap = " … "

    /// Takes back what became rejected items when its scope left before the hub had decided, because
    /// the hub has admitted it after all.
    ///
    /// - Returns: the ids of items that are no more.
    func takeBackRejection(
        of set: ChangeSet, in scope: Scope, of batch: Digest
    ) throws -> [[UInt8]] {
        guard try isRejected(set, in: scope, of: batch) else { return [] }
        return try Self.byRecord(set.changes).map { record, changes in
            let id = RejectedItem.id(
                batch: batch, ordinal: set.ordinal, record: record, entity: changes[0].entity,
                scope: scope)
            try database.cachedStatement(sql: "DELETE FROM rejected WHERE id = ?")
                .execute(arguments: [Data(id)])
            return id
        }
    }

    private static func byRecord(_ changes: [Change]) -> [(key: RecordID, value: [Change])] {
        Dictionary(grouping: changes, by: \.record).sorted { $0.key < $1.key }
    }

    /// Whether the part of a set that lies in a scope has become a rejected item already: the hub
    /// refused it, or the scope has left before the hub decided.
    func isRejected(_ set: ChangeSet, in scope: Scope, of batch: Digest) throws -> Bool {
        guard let change = set.changes.first, try hasRejectedItems() else { return false }
        let id = RejectedItem.id(
            batch: batch, ordinal: set.ordinal, record: change.record, entity: change.entity,
            scope: scope)
        return try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM rejected WHERE id = ?)"),
            arguments: [Data(id)]) ?? false
    }

    /// Whether there are rejected items at all: most laptops never have one, and a large sync asks
    /// for each of its change sets.
    private func hasRejectedItems() throws -> Bool {
        if let known = hasRejected { return known }
        let found =
            try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM rejected)") ?? false
        hasRejected = found
        return found
    }

    /// Takes out of rejected items what the hub has erased from a section, whether that is still here
    /// or not: an item keeps its place and loses its words.
    func eraseRejected(with restatement: Restatement) throws {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT id, place, changes FROM rejected WHERE section = ?"),
            arguments: [Data(restatement.section.bytes)])
        let places = Set(restatement.places)
        for row in rows where (row[1] as Int?).map(places.contains) ?? false {
            let changes = try PendingChanges.decode([UInt8](row[2] as Data))
            try database.execute(
                sql: "UPDATE rejected SET changes = ? WHERE id = ?",
                arguments: [
                    Data(PendingChanges.encode(changes.map { $0.isErasable ? $0.erased : $0 })),
                    row[0] as Data,
                ])
            try meta.notePurge()
        }
    }

    /// All rejected items, the newest first.
    func rejectedItems() throws -> [RejectedItem] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT id, record, entity, reason, changes, at FROM rejected ORDER BY at DESC, id
                """
        ).map { row in
            guard let record = RecordID(bytes: row[1] as Data) else {
                throw ReplicaError(.damaged, "rejected")
            }
            return RejectedItem(
                id: [UInt8](row[0] as Data), record: record,
                entity: EntityID(UInt32(row[2] as Int64)),
                reason: RefusalReason(rawValue: UInt32(row[3] as Int64)),
                changes: try PendingChanges.decode([UInt8](row[4] as Data)),
                at: ClaimedTime(milliseconds: row[5]))
        }
    }
}

extension Change {
    /// The same place with this value.
    fileprivate func setting(_ value: Value) -> Change {
        Change(record: record, entity: entity, field: field, operation: .set(value))
    }
}

/// Changes of one record that the hub refused.
package struct RejectedItem: Sendable {
    /// Adds by what an item loses the words that the hub erases from the section that was refused. Of
    /// items of before it is not known.
    static func addPlace(_ database: Database) throws {
        guard try !database.columns(in: "rejected").contains(where: { $0.name == "place" }) else {
            return
        }
        try database.execute(
            sql: """
                ALTER TABLE rejected ADD COLUMN section BLOB;
                ALTER TABLE rejected ADD COLUMN place INTEGER;
                """)
    }

    package let id: [UInt8]
    package let record: RecordID
    package let entity: EntityID
    package let reason: RefusalReason
    package let changes: [Change]
    /// When the device made them, by its clock.
    package let at: ClaimedTime

    package var idText: String { id.hexadecimal }

    /// The id of the item for one record of a change set in one scope: the same whenever it is refused.
    /// What moves a record lies in two scopes, and one part of it can be in force without the other.
    static func id(
        batch: Digest, ordinal: UInt32, record: RecordID, entity: EntityID, scope: Scope
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(bytes: batch.bytes)
        writer.append(varint: UInt64(ordinal))
        writer.append(bytes: record.bytes)
        writer.append(varint: UInt64(entity.rawValue))
        writer.append(bytes: scope.bytes)
        let hash = ContentHash.of(writer.bytes, domain: HashDomain("waymark rejected v1"))
        return Array(hash.bytes.prefix(16))
    }
}

extension RefusalReason {
    /// The reason that the hub's code for a batch refused whole stands for.
    init(wireCode: String) {
        self =
            switch wireCode {
            case "deviceRevoked": .deviceRevoked
            case "memberSuspended": .memberSuspended
            case "notAllowed": .notAllowed
            default: .malformed
            }
    }
}
