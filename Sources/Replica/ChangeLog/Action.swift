import Cryptography
import Foundation
import GRDB
package import Model
import Wire

/// What one command does to the records, collected as changes.
///
/// Changes belong to a change set, the unit that the hub admits or refuses. Most actions are one
/// set; an import begins a new one for each entry.
package struct Action {
    private let store: StoreTransaction
    private let identity: Identity
    /// Whose changes these are: the present device's or, while what it wrote under a former key
    /// waits to be written anew, the former one's. What is made on top of a ``TailSet`` goes its way.
    let writer: DeviceID
    private let isTail: Bool
    private let claimed: ClaimedTime
    private var openParts: [(scope: Scope, changes: [Change])] = []
    private var sets: [PendingSet] = []
    private var number: UInt64?
    private var undoSteps: [UndoStep] = []
    private var created: Set<RecordID> = []
    /// What the action's device has seen of scopes and how far it has come in them: nobody else
    /// changes that while the action lasts.
    private var standings: [Scope: Standing] = [:]
    private var recordCounter: UInt64?
    /// Texts that the open change set edits, with its edits.
    private var openTexts: [TextPlace: FieldText] = [:]

    private struct Standing {
        let context: Context
        var progress: StoreTransaction.DeviceProgress
    }

    private struct TextPlace: Hashable {
        let record: RecordID
        let entity: EntityID
        let field: FieldID
        let scope: Scope
    }

    init(store: StoreTransaction, identity: Identity, now: ClaimedTime) throws {
        self.store = store
        self.identity = identity
        let former = try store.tailDevice(identity)
        writer = former ?? identity.device
        isTail = former != nil
        claimed = now
    }

    /// Whether it has changed nothing so far.
    package var isEmpty: Bool { openParts.isEmpty && sets.isEmpty }

    /// What the action can read: the state before its open change set.
    package var reader: ReplicaReader { ReplicaReader(store: store, identity: identity) }

    // MARK: Changes

    /// Creates a record and gives it values; null values are left unwritten.
    @discardableResult
    package mutating func create(
        _ entity: Entity, in scope: Scope, id: RecordID? = nil, values: [FieldID: Value],
        elements: [FieldID: [Value]] = [:]
    ) throws -> RecordID {
        let record = try id ?? nextRecordID(of: entity)
        append(Change(record: record, entity: entity.id, field: .life, operation: .create), scope)
        for field in entity.fields {
            if let value = values[field.id], !value.isNull, field.merge == .text {
                try write(value.text ?? "", into: field.id, of: record, entity, in: scope)
            } else if let value = values[field.id], !value.isNull {
                append(
                    Change(
                        record: record, entity: entity.id, field: field.id, operation: .set(value)),
                    scope)
            }
            for element in elements[field.id] ?? [] {
                append(
                    Change(
                        record: record, entity: entity.id, field: field.id,
                        operation: .add(element)), scope)
            }
        }
        return record
    }

    /// Gives a field a value. Writing the value that is shown already changes nothing, unless the
    /// field has rivals: then it resolves them.
    ///
    /// Of a text, `seen` is the version that its author had before their eyes while they wrote, the
    /// present one if nil. What others have written into it since stays.
    package mutating func set(
        _ field: FieldID, of record: RecordID, _ entity: Entity, in scope: Scope,
        to value: Value, seen: TextVersion? = nil
    ) throws {
        if entity.field(field)?.merge == .text {
            return try write(
                value.text ?? "", into: field, of: record, entity, in: scope, seen: seen)
        }
        let row = try store.scope(scope)
        let state = try store.state(of: record, entity: entity.id, in: row)
        let view = store.view(of: state)
        let hasRivals = view.conflicts.contains { $0.field == field }
        if !hasRivals, view.values[field] ?? .null == value { return }
        append(
            Change(record: record, entity: entity.id, field: field, operation: .set(value)), scope)
    }

    package mutating func add(
        _ element: Value, to field: FieldID, of record: RecordID, _ entity: Entity, in scope: Scope
    ) {
        append(
            Change(record: record, entity: entity.id, field: field, operation: .add(element)), scope
        )
    }

    package mutating func remove(
        _ element: Value, from field: FieldID, of record: RecordID, _ entity: Entity,
        in scope: Scope
    ) {
        append(
            Change(record: record, entity: entity.id, field: field, operation: .remove(element)),
            scope)
    }

    package mutating func delete(_ record: RecordID, _ entity: Entity, in scope: Scope) {
        append(Change(record: record, entity: entity.id, field: .life, operation: .delete), scope)
    }

    /// Takes all that the record's text fields held out of every copy, for good.
    package mutating func erase(_ record: RecordID, _ entity: Entity, in scope: Scope) throws {
        // Numbers of erased text events are not used again.
        for field in entity.fields where field.merge == .text {
            let text = try store.text(
                of: field.id, record: record, entity: entity.id, in: store.scope(scope))
            try store.noteUsed(
                through: text.document.history.nextSequence(of: writer))
        }
        append(Change(record: record, entity: entity.id, field: .life, operation: .erase), scope)
    }

    package mutating func restore(_ record: RecordID, _ entity: Entity, in scope: Scope) {
        append(Change(record: record, entity: entity.id, field: .life, operation: .restore), scope)
    }

    /// Moves a record to another scope: its present values are written anew there under the same
    /// id, its history stays where it was.
    ///
    /// - Throws: ``ReplicaError`` with `inConflict` while values of it stand against each other:
    ///   only one of them would go along, and nobody would hear of the others.
    package mutating func move(
        _ record: RecordID, _ entity: Entity, from source: Scope, to target: Scope
    ) throws {
        let state = try store.state(of: record, entity: entity.id, in: store.scope(source))
        let present = store.view(of: state)
        let known = try store.state(of: record, entity: entity.id, in: store.scope(target))
        let old = store.view(of: known)
        guard present.conflicts.isEmpty, old.conflicts.isEmpty else {
            throw ReplicaError(.inConflict, record.text)
        }
        let values = present.values
        append(
            Change(
                record: record, entity: entity.id, field: .life,
                operation: old.life == .unborn ? .create : .restore), target)
        for field in entity.fields where field.merge != .ruled {
            let value = values[field.id] ?? .null
            if field.merge == .set {
                let elements = value.list ?? []
                for element in elements {
                    add(element, to: field.id, of: record, entity, in: target)
                }
                for element in old.values[field.id]?.list ?? [] where !elements.contains(element) {
                    remove(element, from: field.id, of: record, entity, in: target)
                }
                continue
            }
            if field.merge == .text {
                try write(value.text ?? "", into: field.id, of: record, entity, in: target)
                continue
            }
            let isWritable = field.merge != .once || old.life == .unborn
            if isWritable, old.values[field.id] ?? .null != value {
                append(
                    Change(
                        record: record, entity: entity.id, field: field.id, operation: .set(value)),
                    target)
            }
        }
        append(Change(record: record, entity: entity.id, field: .life, operation: .leave), source)
    }

    /// Appends a change as it is; for undo and conflict resolution.
    package mutating func append(_ change: Change, _ scope: Scope) {
        if let index = openParts.firstIndex(where: { $0.scope == scope }) {
            openParts[index].changes.append(change)
        } else {
            openParts.append((scope, [change]))
        }
    }

    // MARK: Texts

    /// Saves a text: records what was changed in it, word by word. Its lines end as they did.
    private mutating func write(
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

    private mutating func nextRecordID(of entity: Entity) throws -> RecordID {
        if isTail { return try store.newTailRecord(of: entity, by: writer, for: identity.device) }
        let counter = try recordCounter ?? UInt64(store.meta.integer(.recordCounter) ?? 0)
        recordCounter = counter + 1
        return RecordID(device: writer, counter: counter + 1)
    }

    // MARK: Sets

    /// Closes the change set: checks it, numbers it, and lays it over the records.
    package mutating func endSet() throws {
        guard !openParts.isEmpty else { return }
        let parts = openParts
        openParts = []
        openTexts = [:]
        let author = ChangeAuthor(
            device: writer, member: identity.member,
            role: try currentRole())
        let facts = TableFacts(store, selfKnowledge: (identity.member, identity.role))
        if let reason = try Permission.refusal(of: parts, by: author, facts: facts) {
            throw ReplicaError(.refused(reason.rawValue), reason.code)
        }
        let action: UInt64
        if let number {
            action = number
        } else {
            action = try store.meta.next(.action)
            number = action
        }
        var set = PendingSet(action: action, claimed: claimed, parts: [])
        for (scope, changes) in parts {
            set.parts.append(try overlay(changes, in: scope))
        }
        guard set.byteCount <= Limits.batchBytesMax / 2,
            set.changeCount <= Limits.changeSetChangesMax
        else { throw ReplicaError(.tooLarge) }
        sets.append(set)
    }

    private func currentRole() throws -> Role {
        try TableFacts(store, selfKnowledge: (identity.member, identity.role))
            .role(of: identity.member) ?? identity.role
    }

    private mutating func overlay(_ changes: [Change], in scope: Scope) throws -> PendingSet.Part {
        let row = try store.scope(scope)
        guard row.status == .level else { throw ReplicaError(.scopeUnavailable) }
        var standing =
            try standings[scope]
            ?? Standing(
                context: store.seen(in: row),
                progress: isTail
                    ? store.tailProgress(of: writer, in: row)
                    : store.progress(of: writer, in: row))
        let first = standing.progress.lastNumber + 1
        for change in changes {
            try requireReadable(change, in: row)
            standing.progress.lastNumber += 1
            try noteUndo(change, in: row, number: standing.progress.lastNumber)
            try store.overlay(
                PlacedChange(
                    change: change, device: writer,
                    number: standing.progress.lastNumber, context: standing.context,
                    position: nil, time: EffectiveTime(milliseconds: claimed.milliseconds)),
                in: row)
        }
        standings[scope] = standing
        return PendingSet.Part(
            scope: scope, firstNumber: first, changes: changes,
            encoded: PendingChanges.encode(changes))
    }

    /// A field that a later program changed in its own way is read-only here: a plain value would
    /// overwrite what nobody on this laptop could see.
    private func requireReadable(_ change: Change, in row: ScopeRow) throws {
        let unread = Cell.Key(field: change.field, kind: .unread)
        let state = try store.state(of: change.record, entity: change.entity, in: row)
        guard !state.cells.contains(where: { $0.key == unread }) else {
            throw ReplicaError(.setAside, change.record.text)
        }
    }

    private mutating func noteUndo(_ change: Change, in row: ScopeRow, number: UInt64) throws {
        if case .create = change.operation { created.insert(change.record) }
        // Undoing a creation deletes the record, whatever else the action wrote into it.
        if created.contains(change.record), change.field != .life { return }
        let state = try store.state(of: change.record, entity: change.entity, in: row)
        let view = store.view(of: state)
        if let step = UndoStep(of: change, scopeKey: row.key, number: number, view: view) {
            undoSteps.append(step)
        }
    }

    /// Saves everything: as rows while it is little, as batches when it is much.
    mutating func finish(name: String, isUndoable: Bool, _ credentials: Credentials) throws {
        try endSet()
        if let recordCounter {
            try store.meta.set(.recordCounter, integer: Int64(recordCounter))
        }
        guard let number else { return }
        if isTail {
            try store.flush()
            try store.appendToTail(sets, of: writer) { standings[$0]?.context ?? .empty }
        } else {
            try keep(credentials)
        }
        try store.replaceUndo(isUndoable ? undoSteps : [], action: number, name: name)
    }

    private func keep(_ credentials: Credentials) throws {
        for (scope, standing) in standings {
            try store.set(progress: standing.progress, of: writer, in: store.scope(scope))
        }
        try store.flush()
        let bytes = sets.reduce(0) { $0 + $1.byteCount }
        let waiting = Int(try store.meta.integer(.pendingBytes) ?? 0)
        if waiting + bytes > Limits.batchSealBytes {
            try store.seal(store.pendingSets() + sets, credentials)
            try store.deletePendingSets()
        } else {
            for set in sets { try store.insert(set) }
            try store.meta.set(.pendingBytes, integer: Int64(waiting + bytes))
        }
    }
}
