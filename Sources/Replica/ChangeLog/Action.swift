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
    let store: StoreTransaction
    private let credentials: Credentials
    /// Whose changes these are: the present device's or, while what it wrote under a former key
    /// waits to be written anew, the former one's. What is made on top of a ``TailSet`` goes its way.
    let writer: DeviceID
    private let isTail: Bool
    private let claimed: ClaimedTime
    private var openParts: [(scope: Scope, changes: [Change])] = []
    /// Change sets that are closed and not in a batch.
    private var sets: [PendingSet] = []
    private var setBytes = 0
    /// What waited for a batch before, in bytes; nil while nobody has asked.
    private var waitingBytes: Int?
    /// Whether what was done before stays what `undo` takes back.
    var leavesUndo = false
    /// Whether the action fills batches, and so ends in one.
    private var isSealing = false
    private var number: UInt64?
    private var undoLog = UndoLog()
    /// Records that the action has created under ids that were given to it.
    private var created: Set<RecordID> = []
    /// What the action's device has seen of scopes and how far it has come in them: nobody else
    /// changes that while the action lasts.
    private var standings: [Scope: Standing] = [:]
    /// The counter of the last record that the device had made before, and of the last by now.
    private var recordCounters: (before: UInt64, now: UInt64)?
    /// Texts that the open change set edits, with its edits.
    var openTexts: [TextPlace: FieldText] = [:]

    private struct Standing {
        let context: Context
        var progress: StoreTransaction.DeviceProgress
    }

    struct TextPlace: Hashable {
        let record: RecordID
        let entity: EntityID
        let field: FieldID
        let scope: Scope
    }

    init(store: StoreTransaction, _ credentials: Credentials, now: ClaimedTime) throws {
        self.store = store
        self.credentials = credentials
        let former = try store.tailDevice(credentials.identity)
        writer = former ?? credentials.identity.device
        isTail = former != nil
        claimed = now
    }

    var identity: Identity { credentials.identity }

    /// Whether it has changed nothing so far.
    package var isEmpty: Bool { openParts.isEmpty && number == nil }

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

    /// Erases a record, and deletes it where that can be done: an emptied shell helps nobody.
    package mutating func erase(_ record: StoredRecord, _ entity: Entity) throws {
        if !entity.deleters.isEmpty, record.life == .live {
            delete(record.id, entity, in: record.scope)
        }
        try erase(record.id, entity, in: record.scope)
    }

    package mutating func restore(_ record: RecordID, _ entity: Entity, in scope: Scope) {
        append(Change(record: record, entity: entity.id, field: .life, operation: .restore), scope)
    }

    /// Moves a record to another scope: its present values are written anew there under the same
    /// id, its history stays where it was.
    ///
    /// - Throws: ``ReplicaError`` with `inConflict` while values of it stand against each other:
    ///   only one of them would go along, and nobody would hear of the others; with `setAside` if it
    ///   holds what only a later version could take along.
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
        guard state.isKnown(to: entity) else { throw ReplicaError(.setAside, record.text) }
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
            var changes: [Change] = []
            changes.reserveCapacity(Self.usualChanges)
            changes.append(change)
            openParts.append((scope, changes))
        }
    }

    /// Room that is made at once: for the creation of a record and its fields.
    private static let usualChanges = 8

    // MARK: Sets

    private mutating func nextRecordID(of entity: Entity) throws -> RecordID {
        if isTail { return try store.newTailRecord(of: entity, by: writer, for: identity.device) }
        let before = try recordCounters?.before ?? UInt64(store.meta.integer(.recordCounter) ?? 0)
        let counter = (recordCounters?.now ?? before) + 1
        recordCounters = (before, counter)
        return RecordID(device: writer, counter: counter)
    }

    /// Whether the action itself has created the record.
    private func hasCreated(_ record: RecordID) -> Bool {
        if record.device == writer, let recordCounters,
            record.counter > recordCounters.before
        {
            return true
        }
        return created.contains(record)
    }

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
        try makeRoom(for: set.byteCount)
        sets.append(set)
        setBytes += set.byteCount
        try store.flushMany()
    }

    /// Puts what was closed before into a batch if so much more does not go into it.
    private mutating func makeRoom(for bytes: Int) throws {
        // What stands on a tail is sealed with it.
        guard !isTail, try waiting() + setBytes + bytes > Limits.batchSealBytes else { return }
        isSealing = true
        try seal()
    }

    /// What waits for a batch besides the sets of this action.
    private mutating func waiting() throws -> Int {
        if let waitingBytes { return waitingBytes }
        let bytes = Int(try store.meta.integer(.pendingBytes) ?? 0)
        waitingBytes = bytes
        return bytes
    }

    private mutating func seal() throws {
        if try waiting() > 0 {
            sets = try store.pendingSets() + sets
            try store.deletePendingSets()
            waitingBytes = 0
        }
        try store.seal(sets, credentials)
        sets = []
        setBytes = 0
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
        let state = try store.load(change.record, change.entity, row.key).state
        guard !state.isUnread(change.field) else {
            throw ReplicaError(.setAside, change.record.text)
        }
    }

    private mutating func noteUndo(_ change: Change, in row: ScopeRow, number: UInt64) throws {
        let isKnown = hasCreated(change.record)
        if case .create = change.operation, !isKnown { created.insert(change.record) }
        // Undoing a creation deletes the record, whatever else the action wrote into it.
        if isKnown, change.field != .life { return }
        // Whoever settles a conflict may choose what another member wrote.
        if try store.isOthersText(change, than: writer, in: row) {
            try store.notePutBack(change, by: writer, in: row)
        }
        let step = try UndoStep(of: change, scopeKey: row.key, number: number) {
            let state = try store.state(of: change.record, entity: change.entity, in: row)
            return store.view(of: state)
        } isOthersText: {
            try store.isOthersText($0, than: writer, in: row)
        }
        if let step { undoLog.append(step) }
    }

    /// Saves everything: as rows while it is little, as batches when it is much.
    mutating func finish(name: String, isUndoable: Bool) throws {
        try endSet()
        if let recordCounters {
            try store.meta.set(.recordCounter, integer: Int64(recordCounters.now))
        }
        guard let number else { return }
        if isTail {
            try store.flush()
            try store.appendToTail(sets, of: writer) { standings[$0]?.context ?? .empty }
        } else {
            try keep()
        }
        guard !leavesUndo else { return }
        try store.replaceUndo(isUndoable ? undoLog : UndoLog(), action: number, name: name)
    }

    private mutating func keep() throws {
        for (scope, standing) in standings {
            try store.set(progress: standing.progress, of: writer, in: store.scope(scope))
        }
        try store.flush()
        if isSealing {
            try seal()
        } else {
            for set in sets { try store.insert(set) }
            try store.meta.set(.pendingBytes, integer: Int64(waiting() + setBytes))
        }
    }
}
