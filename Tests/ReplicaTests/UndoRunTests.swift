import Foundation
import GRDB
import Model
import TestSupport
import Testing

@testable import Replica

/// What would be undone, as it is kept.
@Suite struct UndoRunTests {
    private let harness: ReplicaHarness
    private let replica: Replica
    private let now = ClaimedTime(milliseconds: 3_000_000)

    init() throws {
        harness = try ReplicaHarness()
        replica = try harness.join("Ana", as: .participant)
    }

    private func steps(_ seed: inout Seed, count: Int, scopeKey: Int64) -> [UndoStep] {
        var steps: [UndoStep] = []
        var number: UInt64 = 0
        for _ in 0..<count {
            number += UInt64(1 + seed.below(300))
            let last = steps.last?.record
            let record =
                if let last, !seed.oneIn(4) {
                    RecordID(device: last.device, counter: last.counter + 1)
                } else { seed.record() }
            let isCreation = !seed.oneIn(4)
            steps.append(
                UndoStep(
                    record: record, entity: EntityID(UInt32(1 + seed.below(2))),
                    scopeKey: scopeKey, field: isCreation ? .life : FieldID(3),
                    element: seed.oneIn(5) ? seed.value() : .null, number: number,
                    operation: isCreation ? .create : .set(seed.value()),
                    inverse: isCreation ? .delete : .set(seed.value())))
        }
        return steps
    }

    @Test(arguments: Seed.samples(64))
    func stepsAreReadBack(seed: Seed) throws {
        var seed = seed
        let steps = steps(&seed, count: seed.below(40), scopeKey: 7)
        let read = try UndoRun.steps(UndoRun(steps).bytes, scopeKey: 7)
        #expect(read == steps)
    }

    @Test(arguments: Seed.samples(16))
    func damageNeverCrashes(seed: Seed) throws {
        var seed = seed
        let bytes = UndoRun(steps(&seed, count: 8, scopeKey: 7)).bytes
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= UInt8(1 + seed.below(255))
            _ = try? UndoRun.steps(damaged, scopeKey: 7)
        }
    }

    private func task(_ index: Int) -> [FieldID: Value] {
        [
            Fields.Task.title: .text("Read \(index)"),
            Fields.Task.status: .integer(TaskStatus.open.rawValue),
        ]
    }

    private func addTasks(_ count: Int) throws -> [RecordID] {
        try replica.act("task add", at: now) { action in
            try (0..<count).map { index in
                let record = try action.create(
                    Schema.task, in: .participant(replica.identity.member), values: task(index))
                try action.endSet()
                return record
            }
        }
    }

    private func present() throws -> Int {
        try replica.read { try $0.records(of: Schema.task) }.count { $0.life == .live }
    }

    /// Records that one action makes take little, in however many runs they lie.
    @Test func manyCreationsAreUndoneTogether() throws {
        let count = 9_000
        _ = try addTasks(count)
        let (runs, bytes) = try replica.writer.read { database in
            (
                try Int.fetchOne(database, sql: "SELECT count(*) FROM undo") ?? 0,
                try Int.fetchOne(database, sql: "SELECT sum(length(steps)) FROM undo") ?? 0
            )
        }
        #expect(runs > 1)
        #expect(bytes < 3 * count)
        #expect(try replica.undo(at: now).undone.count == count)
        #expect(try present() == 0)
    }

    @Test func recordsThatWereRefusedAreNotUndone() throws {
        let tasks = try addTasks(5)
        try replica.write { store, _ in store.forgetUndo(of: tasks[2]) }
        let undone = try replica.undo(at: now).undone.map(\.record)
        #expect(Set(undone) == Set(tasks).subtracting([tasks[2]]))
        #expect(try present() == 1)
    }

    /// Of a cell that one action wrote several times, what it held before comes back.
    @Test func firstOfSeveralStepsOfACellCounts() throws {
        let task = try addTasks(1)[0]
        let scope = Scope.participant(replica.identity.member)
        try replica.act("task edit", at: now) { action in
            for title in ["Write", "Speak"] {
                try action.set(
                    Fields.Task.title, of: task, Schema.task, in: scope, to: .text(title))
                try action.endSet()
            }
        }
        let inverses = try replica.read { try $0.store.undoSteps() }.map(\.inverse)
        #expect(inverses == [.set(.text("Read 0"))])
    }

    /// A file in which every step was a row of its own.
    @Test func formerRowsAreTakenOver() throws {
        let tasks = try addTasks(3)
        let steps = try replica.read { try $0.store.undoSteps() }
        try replica.writer.write { database in
            try database.execute(
                sql: """
                    DROP TABLE undo;
                    CREATE TABLE undo (
                        record BLOB NOT NULL, entity INTEGER NOT NULL, scope INTEGER NOT NULL,
                        field INTEGER NOT NULL, element BLOB NOT NULL,
                        number INTEGER NOT NULL,
                        operation BLOB NOT NULL, inverse BLOB NOT NULL,
                        PRIMARY KEY (record, scope, field, element)
                    ) STRICT, WITHOUT ROWID;
                    PRAGMA user_version = 7;
                    """)
            for step in steps {
                try database.execute(
                    sql: "INSERT INTO undo VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        Data(step.record.bytes), Int64(step.entity.rawValue), step.scopeKey,
                        Int64(step.field.rawValue), Data([0]), Int64(step.number), Data([0]),
                        Data([1]),
                    ])
            }
        }
        let updated = try Replica.open(at: replica.home)
        #expect(try updated.read { try $0.store.undoSteps() } == steps)
        #expect(try updated.undo(at: now).undone.count == tasks.count)
    }

    /// Bookkeeping in which every head names its device becomes what is written now.
    @Test func formerBookkeepingIsShortened() throws {
        let record = RecordID(device: DeviceID(rawValue: 5), counter: 1)
        var state = RecordState(entity: Schema.task.id)
        for (number, operation) in [Change.Operation.create, .set(.text("Read"))].enumerated() {
            state.admit(
                PlacedChange(
                    change: Change(
                        record: record, entity: Schema.task.id, field: FieldID(UInt32(number)),
                        operation: operation),
                    device: record.device, number: UInt64(number + 1), context: .empty,
                    position: Position(epoch: 1, number: 3), time: .earliest))
        }
        let stranger = RecordID(device: DeviceID(rawValue: 6), counter: 1)
        let former = state.storedBytes(of: stranger) { field, _ in field == FieldID(1) }
        let present = state.storedBytes(of: record) { field, _ in field == FieldID(1) }
        #expect(former.count == present.count + 9)
        #expect(CellShortening.shortened(former, of: record) == present)
        #expect(CellShortening.shortened(present, of: record) == present)
        #expect(CellShortening.shortened([255], of: record) == nil)
    }
}
