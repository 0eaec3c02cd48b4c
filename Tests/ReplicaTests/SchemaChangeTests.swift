import GRDB
import Model
import Testing

@testable import Replica

/// What an update of the program does to a replica, and what a replica does with what only a later
/// program knows.
@Suite struct SchemaChangeTests {
    private let harness: ReplicaHarness
    private let replica: Replica

    init() throws {
        harness = try ReplicaHarness()
        replica = try harness.join("Ana", as: .participant)
    }

    @Test func tablesAreWorkedOutAnewAfterAnUpdate() throws {
        let now = ClaimedTime(milliseconds: 3_000_000)
        let id = try replica.act("task add", at: now) { action in
            try action.create(
                Schema.task, in: .participant(replica.identity.member),
                values: [Fields.Task.title: .text("Kept"), Fields.Task.status: .integer(1)])
        }
        try replica.writer.write { database in
            try database.execute(sql: "UPDATE task SET title = 'of an older program'")
            try Meta(database).set(.schemaVersion, integer: 0)
        }
        let updated = try Replica.open(at: replica.home)
        let title = try updated.read { try $0.record(id, of: Schema.task)?.text(Fields.Task.title) }
        #expect(title == "Kept")
        #expect(try updated.examine().faults == [])
    }

    @Test func replicaOfALaterProgramIsLeftAlone() throws {
        try replica.writer.write {
            try Meta($0).set(.schemaVersion, integer: Int64(Schema.version) + 1)
        }
        #expect(throws: ReplicaError.self) { try Replica.open(at: replica.home) }
    }

    /// `sync --watch` has it open while another program is installed and used.
    @Test(arguments: [false, true])
    func replicaThatALaterProgramTakesOverIsWrittenNoMore(hasMigrated: Bool) throws {
        let now = ClaimedTime(milliseconds: 3_000_000)
        try replica.writer.write { database in
            guard hasMigrated else {
                return try Meta(database).set(
                    .schemaVersion, integer: Int64(Schema.version) + 1)
            }
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            try database.execute(sql: "PRAGMA user_version = \(version + 1)")
        }
        let error = #expect(throws: ReplicaError.self) {
            try replica.act("task add", at: now) { action in
                _ = try action.create(
                    Schema.task, in: .participant(replica.identity.member),
                    values: [Fields.Task.title: .text("Lost"), Fields.Task.status: .integer(1)])
            }
        }
        #expect(error?.reason == .newerVersion)
    }

    @Test func recordOfAnUnknownEntityIsKeptAndCounted() throws {
        let device = DeviceID(rawValue: 7)
        let record = RecordID(device: device, counter: 1)
        let entity = EntityID(9_999)
        func placed(_ number: UInt64, _ field: UInt32, _ operation: Change.Operation)
            -> PlacedChange
        {
            PlacedChange(
                change: Change(
                    record: record, entity: entity, field: FieldID(field), operation: operation),
                device: device, number: number, context: .empty,
                position: Position(epoch: 1, number: 5), time: EffectiveTime(milliseconds: 9))
        }
        let (before, after, again) = try replica.writer.write { database in
            let store = StoreTransaction(database)
            let scope = try store.scope(.programme)
            try store.admit(placed(1, 0, .create), in: scope)
            try store.flush()
            let before = try store.scope(.programme).stateHash
            try store.admit(placed(2, 40, .set(.text("from the future"))), in: scope)
            try store.flush()
            let state = try StoreTransaction(database).state(
                of: record, entity: entity, in: store.scope(.programme))
            return (before, try store.scope(.programme).stateHash, state)
        }
        #expect(before != after)
        #expect(again.cells.last?.shown?.value == .text("from the future"))
    }

    @Test func fieldThatALaterProgramChangedIsReadOnly() throws {
        let now = ClaimedTime(milliseconds: 3_000_000)
        let scope = Scope.participant(replica.identity.member)
        let id = try replica.act("task add", at: now) { action in
            try action.create(
                Schema.task, in: scope,
                values: [Fields.Task.title: .text("Kept"), Fields.Task.status: .integer(1)])
        }
        let sealed = Change.Operation.opaque(code: Change.Operation.sealedCode, operand: [1, 2])
        try replica.writer.write { database in
            let store = StoreTransaction(database)
            try store.admit(
                PlacedChange(
                    change: Change(
                        record: id, entity: Schema.task.id, field: Fields.Task.details,
                        operation: sealed),
                    device: DeviceID(rawValue: 7), number: 1, context: .empty,
                    position: Position(epoch: 1, number: 5), time: EffectiveTime(milliseconds: 9)),
                in: store.scope(scope))
            try store.flush()
        }
        #expect(throws: ReplicaError(.setAside, id.text)) {
            try replica.act("task edit", at: now) { action in
                try action.set(
                    Fields.Task.details, of: id, Schema.task, in: scope, to: .text("Plain"))
            }
        }
        try replica.act("task edit", at: now) { action in
            try action.set(Fields.Task.title, of: id, Schema.task, in: scope, to: .text("New"))
        }
        let title = try replica.read { try $0.record(id, of: Schema.task)?.text(Fields.Task.title) }
        #expect(title == "New")
    }
}
