import Foundation
import GRDB
import Model
import Wire

/// Takes out of this replica what the hub says was erased; see `protocol/erasure.md`.
extension PageApplication {
    /// Takes in what the hub says of erasures.
    ///
    /// - Parameter answer: the hub's answer.
    /// - Returns: whether there was something, and nothing else counts of the answer.
    /// - Throws: if it leads no further than what is known, or a restatement is not to be believed.
    mutating func takeErasures(_ answer: SyncAnswer) throws -> Bool {
        guard let erased = answer.erased else { return false }
        // Each such answer leads further, or a faulty hub could keep a device asking for ever.
        guard try answer.restatements.isEmpty || store.meta.erasedUpTo() < erased else {
            throw ReplicaError(.badAnswer, "restatement")
        }
        let changed = try Set(answer.restatements.compactMap { try apply($0) })
        for key in changed.sorted() {
            let row = try store.scope(key: key)
            guard row.chain != .zero || row.status == .catchingUp else { continue }
            try store.restart(row, identity: identity)
        }
        try store.meta.set(erasedUpTo: erased)
        guard !answer.restatements.isEmpty else { return false }
        try store.flush()
        return true
    }

    /// Puts the restated bytes in the place of a section's, and drops from the tables what the
    /// erased changes had written. They are made here, from what the replica holds, and must come
    /// out as the hub says.
    ///
    /// - Returns: the key of a scope that only the hub can tell how it stands now.
    private mutating func apply(_ signed: Restatement.Signed) throws -> Int64? {
        let restatement = try signed.verify(programme: identity.programme)
        try store.eraseRejected(with: restatement)
        guard
            let logged = try store.section(
                named: restatement.section, ofBatch: restatement.batch)
        else {
            try fetchAnewWhatLacksSections()
            return nil
        }
        let before = try logged.content
        let bytes = try before.restatedBytes(erasing: restatement.places)
        guard SectionBytes(bytes).hash == restatement.restated else {
            throw ReplicaError(.badAnswer, "restatement")
        }
        let section = try before.open()
        let changes = section.changeSets.flatMap(\.changes)
        guard
            restatement.places.allSatisfy({
                changes.indices.contains($0) && changes[$0].writesField
            })
        else { throw ReplicaError(.badAnswer, "restatement") }
        let row = try store.scope(key: logged.scopeKey)
        let decision = try logged.admissionBytes.map { try SectionAdmission(encodedBytes: $0) }
        let erased = Set(restatement.places.map { section.firstNumber + UInt64($0) })
        let placed = section.placed(device: logged.device, context: .empty, position: nil)
        for (set, changes) in zip(section.changeSets, placed) {
            let isInForce =
                logged.isApplied && logged.position != nil
                && decision?.refusal(ofOrdinal: set.ordinal) == nil
            for change in changes where erased.contains(change.number) {
                try take(change, isInForce: isInForce, of: logged, in: row)
                store.forgetUndo(of: change.change.record)
            }
        }
        try store.flush()
        try store.restate(logged.key, as: SectionBytes(bytes, restatement: signed))
        try store.meta.notePurge()
        outcome.restatedSections += 1
        // The hub took it once more, and what had been written by who knew of it has stayed; or a
        // snapshot that waits for its scope to be level was made before.
        let isAsBefore = try store.snapshot(of: row)?.state == .whole
        return restatement.position.number == 0 || isAsBefore ? row.key : nil
    }

    /// Takes one erased change out of the tables, whether the hub has admitted it or not.
    private func take(
        _ placed: PlacedChange, isInForce: Bool, of logged: StoreTransaction.LoggedSection,
        in row: ScopeRow
    ) throws {
        let change = placed.change
        if isMine(logged.device, logged.sequence), let edit = placed.textEdit {
            try store.noteUsed(edit)
        }
        try store.withdraw(
            change.record, entity: change.entity, in: row, device: placed.device,
            numbers: placed.number...placed.number)
        guard isInForce else { return }
        try store.erase(change.field, of: change.record, change.entity, in: row)
    }
}
