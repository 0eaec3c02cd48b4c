import Foundation
import GRDB
package import Model
import Wire

/// The texts of records: what the hub admitted of a text is kept with its history; unadmitted
/// edits are laid over it, like everywhere.
///
/// Reading a record takes the text from its row. A history is decoded only when something is done
/// to its text, and only texts that were edited since they were written have a stored history at
/// all: that of the others follows from the text and its author.
extension StoreTransaction {
    /// A text as it is shown, with the history to edit it by.
    package func text(
        of field: FieldID, record: RecordID, entity: EntityID, in scope: ScopeRow
    ) throws -> FieldText {
        let loaded = try load(record, entity, scope.key)
        return try shownText(field, of: loaded, scope.key)
    }

    /// What the hub has admitted of a text, and what its author had before an edit; empty where that
    /// is not known any more.
    func textsAround(
        _ edit: TextEdit, of field: FieldID, record: RecordID, entity: EntityID,
        in scope: ScopeRow
    ) throws -> (admitted: String, before: String) {
        let loaded = try load(record, entity, scope.key)
        let admitted = try loadText(field, of: loaded, scope.key).admitted.text
        let document = try shownText(field, of: loaded, scope.key).document
        return (admitted, (try? document.text(at: edit.parents)) ?? "")
    }

    // MARK: Changing

    /// Takes an edit into the admitted text.
    func admitText(_ placed: PlacedChange, of loaded: LoadedRecord, _ scope: Int64) throws {
        if placed.change.isErasure {
            try eraseTexts(of: loaded, scope) { loaded.state.isErasable($0) }
        }
        guard let edit = placed.textEdit else { return }
        try use(placed.change.field, of: loaded, scope) { text in
            text.shown = nil
            // What the hub admitted everybody can apply; the hub has tried it.
            text.admitted.merge(edit)
        }
    }

    /// Drops what is admitted of texts that were erased.
    func eraseTexts(
        of loaded: LoadedRecord, _ scope: Int64, where isErased: (FieldID) -> Bool
    ) throws {
        for field in Set(loaded.state.textFields + loaded.texts.keys) where isErased(field) {
            try use(field, of: loaded, scope) { text in
                text.shown = nil
                text.admitted = FieldText()
            }
        }
    }

    /// Lays an edit over the text.
    func overlayText(_ placed: PlacedChange, of loaded: LoadedRecord, _ scope: Int64) throws {
        if placed.change.isErasure { try workOutAnew(loaded, scope) }
        guard let edit = placed.textEdit else { return }
        // It comes last of all that is laid over, unless others know more of the hub's order or an
        // erasure may take it.
        let isLast =
            !loaded.state.tentative.contains { $0.change.isErasure }
            && (loaded.state.tentative.last.map { PlacedChange.isBefore($0, placed) } ?? true)
        let shown = isLast ? try shownText(placed.change.field, of: loaded, scope) : nil
        try use(placed.change.field, of: loaded, scope) { text in
            text.shown = shown
            text.shown?.merge(edit)
        }
    }

    /// Has the texts that lose edits worked out anew.
    func withdrawText(
        of loaded: LoadedRecord, _ scope: Int64, device: DeviceID, numbers: ClosedRange<UInt64>
    ) throws {
        for placed in loaded.state.tentative
        where placed.device == device && numbers.contains(placed.number) {
            if placed.change.isErasure { try workOutAnew(loaded, scope) }
            guard case .splice = placed.change.operation else { continue }
            try use(placed.change.field, of: loaded, scope) { $0.shown = nil }
        }
    }

    /// Has what all texts show worked out anew, because an erasure is laid over or taken out.
    private func workOutAnew(_ loaded: LoadedRecord, _ scope: Int64) throws {
        for field in Set(loaded.state.textFields + loaded.texts.keys) {
            try use(field, of: loaded, scope) { $0.shown = nil }
        }
    }

    private func use(
        _ field: FieldID, of loaded: LoadedRecord, _ scope: Int64,
        _ change: (inout LoadedText) -> Void
    ) throws {
        // Taken out while it is changed, so that a long history is not copied.
        var text = try loadText(field, of: loaded, scope)
        loaded.texts[field] = nil
        change(&text)
        text.isDirty = true
        text.rewriters = nil
        loaded.texts[field] = text
        loaded.state.texts[field] = nil
    }

    // MARK: Reading

    /// Notes in the state what its texts say, where that was changed. Which words several have
    /// rewritten is not looked for until the record is stored: it can cost a replay.
    func updateTexts(of loaded: LoadedRecord, _ scope: Int64) throws {
        for field in loaded.texts.keys where loaded.state.texts[field] == nil {
            let shown = try shownText(field, of: loaded, scope)
            loaded.state.texts[field] = ShownText(
                shown.text, rewriters: loaded.texts[field]?.rewriters ?? [])
        }
    }

    /// Looks for words that several have rewritten, in the texts that were changed.
    func searchTexts(of loaded: LoadedRecord, _ scope: Int64) throws {
        for field in loaded.texts.keys where loaded.texts[field]?.rewriters == nil {
            let shown = try shownText(field, of: loaded, scope)
            var rewriters: Set<DeviceID> = []
            if shown.fresh == nil, !shown.isUnwritten {
                let overlaps = (try? shown.document.openOverlaps()) ?? []
                rewriters = Set(overlaps.flatMap(\.devices))
            }
            loaded.texts[field]?.rewriters = rewriters
            loaded.state.texts[field] = nil
        }
        try updateTexts(of: loaded, scope)
    }

    /// Loads all texts of a record, because it has conflicts and some may be theirs.
    func loadTexts(of loaded: LoadedRecord, _ scope: Int64) throws {
        for field in loaded.state.textFields {
            loaded.texts[field] = try loadText(field, of: loaded, scope)
        }
        try searchTexts(of: loaded, scope)
    }

    private func shownText(
        _ field: FieldID, of loaded: LoadedRecord, _ scope: Int64
    ) throws -> FieldText {
        var text = try loadText(field, of: loaded, scope)
        if let shown = text.shown { return shown }
        let (edits, isErased) = loaded.state.tentativeEdits(ofText: field)
        var shown = isErased ? FieldText() : text.admitted
        for edit in edits { shown.merge(edit) }
        text.shown = shown
        loaded.texts[field] = text
        return shown
    }

    private func loadText(
        _ field: FieldID, of loaded: LoadedRecord, _ scope: Int64
    ) throws -> LoadedText {
        if let text = loaded.texts[field] { return text }
        let cell = loaded.state.textCell(field)
        let text: LoadedText
        switch cell?.content {
        case .text(let content)?:
            guard let device = cell?.heads.first?.device else {
                throw ReplicaError(.damaged, loaded.record.text)
            }
            text = LoadedText(admitted: FieldText(content, by: device), hasRow: false)
        case .bytes?:
            let document = try fetchDocument(field, of: loaded, scope)
            text = LoadedText(admitted: FieldText(document), hasRow: true)
        default:
            text = LoadedText(admitted: FieldText(), hasRow: false)
        }
        loaded.texts[field] = text
        return text
    }

    private func fetchDocument(
        _ field: FieldID, of loaded: LoadedRecord, _ scope: Int64
    ) throws -> TextDocument {
        let stored = try storedText(field, of: loaded.record, loaded.state, scope)
        do {
            let history = try TextArchive.history(stored.history, text: stored.text)
            return TextDocument(history: history, text: stored.text)
        } catch {
            throw ReplicaError(.damaged, loaded.record.text)
        }
    }

    /// The stored history of a text that was edited, and what the hub has admitted of it.
    func storedText(
        _ field: FieldID, of record: RecordID, _ state: RecordState, _ scope: Int64
    ) throws -> (history: [UInt8], text: String) {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT history, base FROM textHistory
                    WHERE scope = ? AND record = ? AND entity = ? AND field = ?
                    """),
            arguments: [
                scope, Data(record.bytes), Int64(state.entity.rawValue), Int64(field.rawValue),
            ])
        guard let row else { throw ReplicaError(.damaged, record.text) }
        do {
            let base = try (row[1] as Data?).map { try TextArchive.text([UInt8]($0)) }
            return ([UInt8](row[0] as Data), base ?? state.texts[field]?.text ?? "")
        } catch is WireError {
            throw ReplicaError(.damaged, record.text)
        }
    }

    // MARK: Writing back

    /// Stores the histories of texts that were changed, and what stands for them in the state.
    func storeTexts(of loaded: LoadedRecord) throws {
        for field in loaded.texts.keys.sorted() {
            guard let text = loaded.texts[field], text.isDirty else { continue }
            loaded.texts[field]?.isDirty = false
            let admitted = text.admitted
            let authors = loaded.state.textCell(field)?.heads.map(\.device) ?? []
            if admitted.isUnwritten || admitted.fresh.map({ authors == [$0.device] }) ?? false {
                let content = TextContent.value(of: admitted, by: authors)
                loaded.state.setContent(content, ofText: field)
                guard text.hasRow else { continue }
                loaded.texts[field]?.hasRow = false
                try deleteText(field, of: loaded)
                continue
            }
            let document = admitted.document
            let columns = document.history.columns
            loaded.state.setContent(TextContent.value(of: columns), ofText: field)
            loaded.texts[field]?.hasRow = true
            try store(
                document.text, columns, isInRow: isInRow(document.text, field, of: loaded), field,
                of: loaded)
        }
    }

    /// Whether the record's row says what the hub has admitted of a text.
    private func isInRow(_ text: String, _ field: FieldID, of loaded: LoadedRecord) -> Bool {
        guard let type = EntityTable.of(loaded.entity)?.entity.type(of: field) else {
            return false
        }
        return EntityTable.isFaithful(.text(text), in: type)
            && loaded.state.texts[field]?.text.utf8.elementsEqual(text.utf8) ?? false
    }

    private func store(
        _ text: String, _ columns: (structure: [UInt8], text: [UInt8]), isInRow: Bool,
        _ field: FieldID, of loaded: LoadedRecord
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO textHistory (scope, record, entity, field, history, base)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (scope, record, entity, field) DO UPDATE SET
                    history = excluded.history, base = excluded.base
                """
        ).execute(arguments: [
            loaded.scope, Data(loaded.record.bytes), Int64(loaded.entity.rawValue),
            Int64(field.rawValue), Data(TextArchive.bytes(of: columns, text: text)),
            isInRow ? nil : Data(TextArchive.bytes(ofText: text)),
        ])
    }

    private func deleteText(_ field: FieldID, of loaded: LoadedRecord) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM textHistory
                WHERE scope = ? AND record = ? AND entity = ? AND field = ?
                """
        ).execute(arguments: [
            loaded.scope, Data(loaded.record.bytes), Int64(loaded.entity.rawValue),
            Int64(field.rawValue),
        ])
    }

    // MARK: Numbers

    /// Numbers of text events that this device has used for edits that were refused. They are not
    /// used again: others may have got those edits by another road and have built on them.
    func noteUsed(_ edit: TextEdit) throws {
        try noteUsed(through: edit.sequence + UInt64(edit.count))
    }

    /// The same for all numbers before this one.
    func noteUsed(through next: UInt64) throws {
        guard next > UInt64(bitPattern: try meta.integer(.textFloor) ?? 0) else { return }
        try meta.set(.textFloor, integer: Int64(bitPattern: next))
    }

    /// The number from which on this device numbers its text events.
    func textFloor() throws -> UInt64 {
        UInt64(bitPattern: try meta.integer(.textFloor) ?? 0)
    }
}
