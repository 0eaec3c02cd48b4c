package import Model

extension ReplicaReader {
    /// A record as somebody had it right after one of its changes: what they had seen of it, with
    /// that change. The prefix is the beginning of a ``HistoryEntry/version``; if it is not unique,
    /// there is more than one.
    package func records(
        _ id: RecordID, of entity: Entity, atVersion prefix: String
    ) throws -> [StoredRecord] {
        let found = try changes(of: id).filter { $0.placed.change.entity == entity.id }
        return try found.filter { $0.version.hasPrefix(prefix.lowercased()) }
            .map { try record(id, of: entity, after: $0, among: found) }
    }

    private func record(
        _ id: RecordID, of entity: Entity, after change: FoundChange, among all: [FoundChange]
    ) throws -> StoredRecord {
        let known = all.filter(change.hasSeen) + [change]
        // What an erasure took says nothing any more; what is left may stand before it.
        let seen =
            known.filter(\.placed.change.isErasure) + known.filter { !$0.placed.change.isErasure }
        var state = RecordState(entity: entity.id)
        for other in seen {
            if other.placed.position != nil {
                state.admit(other.placed)
            } else {
                state.overlay(other.placed)
            }
        }
        for field in entity.fields where field.merge == .text {
            var document = TextDocument()
            let changes = seen.filter { $0.placed.change.field == field.id }
            document.merge(changes.compactMap(\.placed.textEdit))
            var text = document.text
            // An editor may have been open while others' edits came.
            if change.placed.change.field == field.id, let edit = change.placed.textEdit {
                text = try document.text(at: edit.version)
            }
            state.texts[field.id] = ShownText(text)
        }
        let view = store.view(of: state)
        return StoredRecord(
            id: id, entity: entity.id, scope: change.scope, life: view.life,
            createdAt: state.creation?.time ?? known.first?.placed.time ?? .earliest,
            updatedAt: change.placed.time, values: view.values,
            isPending: change.state == .waiting)
    }
}
