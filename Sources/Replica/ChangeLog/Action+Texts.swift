import Model

/// Texts that an action writes: what was changed in them is recorded.
extension Action {
    /// Saves a text: records what was changed in it, word by word. Its lines end as they did.
    mutating func write(
        _ text: String, into field: FieldID, of record: RecordID, _ entity: Entity,
        in scope: Scope, seen: TextVersion? = nil
    ) throws {
        let present = try openText(field, of: record, entity.id, in: scope)
        let floor = try store.textFloor()
        let edit: TextEdit?
        if present.isUnwritten, floor == 0 {
            edit =
                text.isEmpty
                ? nil
                : TextEdit(
                    device: writer, sequence: 0, parents: .empty,
                    splices: [TextSplice(position: 0, deletedCount: 0, inserted: text)])
        } else {
            let document = present.document
            // A version that was never here, or was refused since, is not one to build on.
            let known = seen.flatMap { document.history.contains($0) ? $0 : nil }
            let before = try known.map { version throws in try document.text(at: version) }
            edit = try document.edit(
                savingAs: text.keepingLineEnds(of: before ?? document.text), over: known,
                by: writer, numbersFrom: floor)
        }
        if let edit { try append(edit, to: field, of: record, entity.id, in: scope) }
    }

    /// Appends an edit of a text as it is.
    mutating func append(
        _ edit: TextEdit, to field: FieldID, of record: RecordID, _ entity: EntityID,
        in scope: Scope
    ) throws {
        let place = TextPlace(record: record, entity: entity, field: field, scope: scope)
        var text = try openText(field, of: record, entity, in: scope)
        for piece in edit.divided(bytesMax: Limits.valueBytesMax) {
            append(
                Change(
                    record: record, entity: entity, field: field, operation: .splice(piece.encoded)),
                scope)
            text.merge(piece)
        }
        openTexts[place] = text
    }

    /// A text with what the open change set has done to it.
    func openText(
        _ field: FieldID, of record: RecordID, _ entity: EntityID, in scope: Scope
    ) throws -> FieldText {
        let place = TextPlace(record: record, entity: entity, field: field, scope: scope)
        if let text = openTexts[place] { return text }
        guard let row = try store.existingScope(scope) else { return FieldText() }
        return try store.text(of: field, record: record, entity: entity, in: row)
    }
}
