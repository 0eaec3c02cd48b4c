import Foundation
import GRDB
import Model
import Wire

/// Takes out of this replica what the hub says was erased; see `protocol/erasure.md`.
extension PageApplication {
    /// Puts the restated bytes in the place of a section's, and drops from the tables what the
    /// erased changes had written. They are made here, from what the replica holds, and must come
    /// out as the hub says.
    mutating func apply(_ signed: Restatement.Signed) throws {
        let restatement = try signed.verify(programme: identity.programme)
        guard let batch = try store.batch(id: restatement.batch),
            let logged = try store.sections(of: batch).first(where: {
                $0.hash == restatement.section
            })
        else { return try fetchAnewWhatLacksSections() }
        let before = try logged.content
        let bytes = try before.restatedBytes(erasing: restatement.places)
        guard SectionBytes(bytes).hash == restatement.restated else {
            throw ReplicaError(.badAnswer, "restatement")
        }
        let section = try before.open()
        let header = try batch.header()
        let row = try store.scope(key: logged.scopeKey)
        let admission = try logged.admissionBytes.map { try SectionAdmission(encodedBytes: $0) }
        let isApplied = try store.isApplied(logged.hash, of: header)
        let erased = Set(restatement.places)
        var place = 0
        for set in section.changeSets {
            let isInForce = isApplied && admission?.refusal(ofOrdinal: set.ordinal) == nil
            var touched: [RecordID: EntityID] = [:]
            for change in set.changes {
                defer { place += 1 }
                guard erased.contains(place) else { continue }
                touched[change.record] = change.entity
                let number = section.firstNumber + UInt64(place)
                if isMine(logged.device, logged.sequence), case .splice = change.operation,
                    let edit = PlacedChange(
                        change: change, device: logged.device, number: number, context: .empty,
                        position: nil, time: .earliest
                    ).textEdit
                {
                    try store.noteUsed(edit)
                }
                try store.withdraw(
                    change.record, entity: change.entity, in: row, device: logged.device,
                    numbers: number...number)
                if isInForce {
                    try store.erase(change.field, of: change.record, change.entity, in: row)
                }
            }
            for (record, entity) in touched {
                try store.eraseTraces(of: record, entity, in: set, of: batch.id)
            }
        }
        try store.flush()
        try store.restate(
            logged.key, as: SectionBytes(bytes, restatement: signed))
        try store.meta.set(.purgePending, integer: 1)
        outcome.restatedSections += 1
    }
}

extension StoreTransaction {
    /// Removes what else was kept of erased changes: the item for a refused change set keeps its
    /// place and loses its words, and what would have been undone is forgotten.
    fileprivate func eraseTraces(
        of record: RecordID, _ entity: EntityID, in set: ChangeSet, of batch: Digest
    ) throws {
        try database.execute(
            sql: "DELETE FROM undo WHERE record = ?", arguments: [Data(record.bytes)])
        let changes = set.changes.filter { $0.record == record }
        let erased = changes.map { $0.isErasable ? $0.erased : $0 }
        try database.execute(
            sql: "UPDATE rejected SET changes = ? WHERE id = ?",
            arguments: [
                Data(PendingChanges.encode(erased)),
                Data(
                    RejectedItem.id(
                        batch: batch, ordinal: set.ordinal, record: record, entity: entity)),
            ])
    }
}
