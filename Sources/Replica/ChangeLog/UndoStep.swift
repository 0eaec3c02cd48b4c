import Foundation
import GRDB
package import Model

/// How to take back one change of the latest action.
struct UndoStep: Equatable {
    let record: RecordID
    let entity: EntityID
    let scopeKey: Int64
    let field: FieldID
    /// The element for a change of a set, the change's number for an edit of a text, of which an
    /// action may have several; else null.
    let element: Value
    /// The change's number, to see whether anything came after it.
    let number: UInt64
    let operation: Change.Operation
    /// What takes it back; an edit of a text itself, because what takes that back depends on what
    /// the text says by then.
    let inverse: Change.Operation
    /// Whether the inverse brings back a text that another member wrote.
    let isOfOthers: Bool

    init(
        record: RecordID, entity: EntityID, scopeKey: Int64, field: FieldID, element: Value,
        number: UInt64, operation: Change.Operation, inverse: Change.Operation,
        isOfOthers: Bool = false
    ) {
        self.record = record
        self.entity = entity
        self.scopeKey = scopeKey
        self.field = field
        self.element = element
        self.number = number
        self.operation = operation
        self.inverse = inverse
        self.isOfOthers = isOfOthers
    }

    /// Works out the inverse of a change from the view before it; nil where nothing is to undo. The
    /// view is asked for only where the inverse depends on it, and whose text it brings back only if
    /// it does.
    init?(
        of change: Change, scopeKey: Int64, number: UInt64, view: () throws -> RecordView,
        isOthersText: (Change) throws -> Bool = { _ in false }
    ) rethrows {
        let element: Value
        let inverse: Change.Operation
        switch change.operation {
        case .create:
            (element, inverse) = (.null, .delete)
        case .delete:
            (element, inverse) = (.null, .restore)
        case .restore:
            (element, inverse) = (.null, .delete)
        case .leave:
            (element, inverse) = (.null, .restore)
        case .set:
            (element, inverse) = (.null, .set(try view().values[change.field] ?? .null))
        case .add(let item):
            guard try !(view().values[change.field]?.list ?? []).contains(item) else { return nil }
            (element, inverse) = (item, .remove(item))
        case .remove(let item):
            guard try (view().values[change.field]?.list ?? []).contains(item) else { return nil }
            (element, inverse) = (item, .add(item))
        case .splice:
            (element, inverse) = (.integer(Int64(bitPattern: number)), change.operation)
        case .contribute, .opaque, .erase, .erased:
            return nil
        }
        self.init(
            record: change.record, entity: change.entity, scopeKey: scopeKey, field: change.field,
            element: element, number: number, operation: change.operation, inverse: inverse,
            isOfOthers: try isOthersText(
                Change(
                    record: change.record, entity: change.entity, field: change.field,
                    operation: inverse)))
    }

    /// Reads a row of the table in which every step was a row of its own.
    init(formerRow row: Row) throws {
        var elementReader = ByteReader([UInt8](row[4] as Data))
        var operationReader = ByteReader([UInt8](row[6] as Data))
        var inverseReader = ByteReader([UInt8](row[7] as Data))
        guard let record = RecordID(bytes: row[0] as Data) else {
            throw ReplicaError(.damaged, "undo")
        }
        self.record = record
        entity = EntityID(UInt32(row[1] as Int64))
        scopeKey = row[2]
        field = FieldID(UInt32(row[3] as Int64))
        element = try elementReader.value()
        number = UInt64(bitPattern: row[5] as Int64)
        operation = try operationReader.operation(code: operationReader.byte())
        inverse = try inverseReader.operation(code: inverseReader.byte())
        isOfOthers = false
    }

    /// The cell that the step brings back, as it is named within an action.
    fileprivate var place: Place {
        Place(record: record, scopeKey: scopeKey, field: field, element: element)
    }

    fileprivate struct Place: Hashable {
        let record: RecordID
        let scopeKey: Int64
        let field: FieldID
        let element: Value
    }
}

extension StoreTransaction {
    /// Replaces what `undo` would take back by this action.
    func replaceUndo(_ log: UndoLog, action: UInt64, name: String) throws {
        try database.execute(sql: "DELETE FROM undo")
        undoneRecords = []
        try insert(log)
        try meta.set(.undoAction, integer: Int64(bitPattern: action))
        try meta.set(.undoName, text: name)
    }

    func insert(_ log: UndoLog) throws {
        for (scopeKey, runs) in log.runs.sorted(by: { $0.key < $1.key }) {
            for (index, run) in runs.enumerated() {
                try insertUndo(run.bytes, number: index, scopeKey: scopeKey)
            }
        }
    }

    private func insertUndo(_ bytes: [UInt8], number: Int, scopeKey: Int64) throws {
        try database.cachedStatement(
            sql: "INSERT INTO undo (scope, number, steps) VALUES (?, ?, ?)"
        ).execute(arguments: [scopeKey, number, Data(bytes)])
    }

    /// Leaves nothing to undo.
    func forgetUndo() throws {
        try database.execute(sql: "DELETE FROM undo")
        undoneRecords = []
        try meta.set(.undoName, text: nil)
    }

    /// The steps by scope and number; of several in one cell the first, which knows what the cell
    /// held before the action.
    func undoSteps() throws -> [UndoStep] {
        try forgetUndone()
        var places: Set<UndoStep.Place> = []
        return try undoRuns().flatMap(\.steps).filter { places.insert($0.place).inserted }
    }

    private func undoRuns() throws -> [(scopeKey: Int64, number: Int, steps: [UndoStep])] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT scope, number, steps FROM undo ORDER BY scope, number")
        return try rows.map { row in
            do {
                let steps = try UndoRun.steps([UInt8](row[2] as Data), scopeKey: row[0])
                return (row[0], row[1], steps)
            } catch is DecodingFailure {
                throw ReplicaError(.damaged, "undo")
            }
        }
    }

    /// Notes that nothing of a record is to be undone any more. The steps go with the next
    /// ``flush()``, all at once: a hub may refuse a hundred thousand records.
    func forgetUndo(of record: RecordID) { undoneRecords.insert(record) }

    /// Removes the steps of records of which nothing is to be undone any more.
    func forgetUndone() throws {
        guard !undoneRecords.isEmpty else { return }
        let records = undoneRecords
        undoneRecords = []
        for run in try undoRuns() {
            let kept = run.steps.filter { !records.contains($0.record) }
            guard kept.count < run.steps.count else { continue }
            try database.cachedStatement(sql: "DELETE FROM undo WHERE scope = ? AND number = ?")
                .execute(arguments: [run.scopeKey, run.number])
            guard !kept.isEmpty else { continue }
            try insertUndo(UndoRun(kept).bytes, number: run.number, scopeKey: run.scopeKey)
        }
    }
}

/// What `undo` did.
package struct UndoReport: Sendable {
    /// What the person had done, in the words of the command; nil if there was nothing to undo.
    package var name: String?
    package var undone: [Place] = []
    /// Fields that somebody changed since; they stay as they are.
    package var left: [Place] = []

    package struct Place: Hashable, Sendable {
        package let record: RecordID
        package let entity: EntityID
        package let field: FieldID
    }
}

extension Replica {
    /// Inverts the latest action, field by field, as a new action.
    ///
    /// Acts, feedback, invitations and verdict-bound records are facts that cannot be taken back
    /// field by field; for an action that made them the report names none and `name` tells which.
    package func undo(at now: ClaimedTime) throws -> UndoReport {
        let lastName = try writer.read { try Meta($0).text(.undoName) }
        return try act("undo", at: now) { action in
            var report = UndoReport(name: lastName)
            var steps = try action.stepsToUndo()
            while let step = steps.first {
                steps.removeFirst()
                let place = UndoReport.Place(
                    record: step.record, entity: step.entity, field: step.field)
                if case .splice = step.operation {
                    let group = [step] + steps.filter(step.isOfSameText)
                    steps.removeAll(where: step.isOfSameText)
                    if try action.takeBack(group) {
                        report.undone.append(place)
                    } else {
                        report.left.append(place)
                    }
                    continue
                }
                let isUntouched = try action.isUntouched(step)
                guard isUntouched else {
                    report.left.append(place)
                    continue
                }
                let change = Change(
                    record: step.record, entity: step.entity, field: step.field,
                    operation: step.inverse)
                if step.isOfOthers { try action.notePutBack(change, scopeKey: step.scopeKey) }
                try action.append(change, action.scope(key: step.scopeKey))
                report.undone.append(place)
            }
            return report
        }
    }
}

extension UndoStep {
    fileprivate func isOfSameText(_ other: UndoStep) -> Bool {
        guard case .splice = other.operation else { return false }
        return other.record == record && other.entity == entity && other.scopeKey == scopeKey
            && other.field == field
    }
}

extension Action {
    func stepsToUndo() throws -> [UndoStep] { try reader.store.undoSteps() }
    func scope(key: Int64) throws -> Scope { try reader.store.scope(key: key).scope }

    func notePutBack(_ change: Change, scopeKey: Int64) throws {
        try store.notePutBack(change, by: writer, in: store.scope(key: scopeKey))
    }

    /// Whether nothing came after the step's change in its cell; for a creation, in its record.
    func isUntouched(_ step: UndoStep) throws -> Bool {
        let row = try reader.store.scope(key: step.scopeKey)
        let state = try reader.store.state(of: step.record, entity: step.entity, in: row)
        let cells = state.overlaidCells
        if case .create = step.operation {
            return cells.allSatisfy { cell in
                cell.heads.allSatisfy { $0.device == writer && $0.number >= step.number }
            }
        }
        let cell = cells.first { $0.key.field == step.field && $0.key.element == step.element }
        return cell?.heads.allSatisfy { $0.device == writer && $0.number == step.number } ?? false
    }

    /// Takes edits of a text back, whatever others have written beside them since.
    ///
    /// - Returns: false, and nothing is done, if somebody has rewritten the same words since.
    mutating func takeBack(_ steps: [UndoStep]) throws -> Bool {
        guard let step = steps.first else { return false }
        let edits = steps.sorted { $0.number < $1.number }.compactMap {
            Change(record: $0.record, entity: $0.entity, field: $0.field, operation: $0.operation)
                .textEdit(by: writer)
        }
        let scope = try scope(key: step.scopeKey)
        let document = try openText(step.field, of: step.record, step.entity, in: scope).document
        guard let last = edits.last, document.history.contains(last.version) else { return false }
        let floor = try reader.store.textFloor()
        guard let reversal = try document.reversal(of: edits, by: writer, numbersFrom: floor)
        else { return true }
        var merged = document
        merged.merge([reversal])
        guard try merged.overlaps(since: document.version).isEmpty else { return false }
        // Whoever takes an edit back writes no new word.
        for piece in reversal.divided(bytesMax: Limits.valueBytesMax) {
            try notePutBack(
                Change(
                    record: step.record, entity: step.entity, field: step.field,
                    operation: .splice(piece.encoded)), scopeKey: step.scopeKey)
        }
        try append(reversal, to: step.field, of: step.record, step.entity, in: scope)
        return true
    }
}
