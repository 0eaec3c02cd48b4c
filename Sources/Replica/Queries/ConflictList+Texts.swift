import Model

/// Words that several have rewritten at the same time. The text has what each of them wrote;
/// whether it still says what they meant only they can tell.
extension ReplicaReader {
    /// The candidates: the text as it is, then what it said to each of those who rewrote the words,
    /// in the order of their devices.
    func versions(
        of field: FieldID, _ record: RecordID, _ entity: EntityID, in scope: ScopeRow,
        by heads: [Head]
    ) throws -> [RecordConflict.Candidate] {
        let document = try store.text(of: field, record: record, entity: entity, in: scope).document
        let versions = try document.openOverlaps().authorsVersions(in: document)
        let key = Cell.Key(field: field, kind: .text)
        var candidates = heads.prefix(1).map { head in
            RecordConflict.Candidate(
                field: field, value: ShownText(document.text).value, device: head.device,
                author: nil, at: head.time, isShown: true, key: key, isRemoval: false)
        }
        // By device, so that a version keeps its number whatever comes with a sync.
        for head in heads.sorted(by: { $0.device < $1.device }) {
            guard let version = versions[head.device] else { continue }
            let text = try document.text(at: version)
            candidates.append(
                RecordConflict.Candidate(
                    field: field, value: ShownText(text).value, device: head.device,
                    author: try store.member(of: head.device), at: head.time, isShown: false,
                    key: key, isRemoval: false))
        }
        return candidates
    }

    /// What a text said to those who moved the record away.
    fileprivate func textWhenMoved(
        _ field: FieldID, of conflict: RecordConflict
    ) throws -> String {
        let found = try changes(of: conflict.record).filter {
            $0.scope == conflict.scope && $0.placed.change.entity == conflict.entity
        }
        let moves = found.filter { $0.placed.change.operation == .leave }
        let seen = found.filter { change in
            change.placed.change.field == field && moves.contains { $0.hasSeen(change) }
        }
        var document = TextDocument()
        document.merge(seen.compactMap(\.placed.textEdit))
        return document.text
    }

    /// An edit that settles the places that several have rewritten: the way this device had them,
    /// or as they are.
    func settlement(
        of conflict: RecordConflict, in text: FieldText, by author: DeviceID,
        choosing device: DeviceID? = nil
    ) throws -> TextEdit? {
        try text.document.settlement(
            choosing: device, by: author, numbersFrom: store.textFloor())
    }

    /// The text of a conflict.
    func text(of conflict: RecordConflict) throws -> FieldText? {
        guard let row = try store.existingScope(conflict.scope) else { return nil }
        return try store.text(
            of: conflict.field, record: conflict.record, entity: conflict.entity, in: row)
    }
}

extension Action {
    /// Takes what was written into a text that had moved over to where it is now; what was written
    /// there since stays.
    mutating func takeOver(
        _ candidate: RecordConflict.Candidate, of conflict: RecordConflict, _ entity: Entity,
        to home: Scope
    ) throws {
        let base = try reader.textWhenMoved(candidate.field, of: conflict)
        let present = try openText(candidate.field, of: conflict.record, entity.id, in: home).text
        let merged = TextDocument.merged(candidate.value.text ?? "", present, from: base)
        try set(candidate.field, of: conflict.record, entity, in: home, to: .text(merged))
    }

    /// Settles words that several have rewritten: the way the candidate's author had them, or, for
    /// the candidate that is shown, as they are. What was written elsewhere in the text stays.
    mutating func settle(
        _ conflict: RecordConflict, of entity: Entity,
        as candidate: RecordConflict.Candidate? = nil
    ) throws {
        let text = try openText(conflict.field, of: conflict.record, entity.id, in: conflict.scope)
        let device = candidate.flatMap { $0.isShown ? nil : $0.device }
        guard
            let edit = try reader.settlement(
                of: conflict, in: text, by: writer, choosing: device)
        else { return }
        try append(edit, to: conflict.field, of: conflict.record, entity.id, in: conflict.scope)
    }
}
