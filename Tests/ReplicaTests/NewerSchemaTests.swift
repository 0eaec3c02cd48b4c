import Cryptography
import Foundation
import GRDB
import Model
import TestSupport
import Testing
import Wire

@testable import Replica

/// Entities, fields and values that only a later version knows: kept, carried, applied by the version
/// that knows them.
@Suite struct NewerSchemaTests {
    private let programme: RelayedProgramme
    private let mara: Replica
    private let ben: Replica
    private let task: RecordID
    private let scope: Scope
    private static let entity = Entity(
        9_999, "future", scopes: [.participant], creators: [.hub],
        fields: [Field(1, "word", .text, .register(.long), writers: [.hub])])
    private static let field = FieldID(90)

    init() async throws {
        programme = try RelayedProgramme()
        mara = try await programme.join("Mara", as: .mentor)
        ben = try await programme.join("Ben", as: .participant)
        scope = .participant(ben.member)
        programme.hub.pair(mentor: mara.member, participant: ben.member)
        try await programme.sync(mara, ben)
        task = try mara.addTask("Read", for: ben.member, at: programme.now)
        try await programme.sync(mara, ben)
        programme.hub.create(
            Self.entity, in: scope, values: [FieldID(1): .text("from the future")])
        programme.hub.set(Self.field, of: task, Schema.task, in: scope, to: .text("unknown"))
        programme.hub.set(Fields.Task.status, of: task, Schema.task, in: scope, to: .integer(77))
        try await programme.sync(mara, ben)
    }

    private func state(of record: RecordID, _ entity: EntityID, on replica: Replica) throws
        -> RecordState
    {
        try replica.writer.read { database in
            let store = StoreTransaction(database)
            return try store.state(of: record, entity: entity, in: store.scope(scope))
        }
    }

    private func value(of field: FieldID, on replica: Replica) throws -> Value? {
        try state(of: task, Schema.task.id, on: replica).cells.first { $0.key.field == field }?
            .shown?.value
    }

    private func count(_ table: String, on replica: Replica) throws -> Int {
        try replica.writer.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    private func hash(on replica: Replica) throws -> [UInt8] {
        try replica.writer.read { try StoreTransaction($0).scope(scope).stateHash.bytes }
    }

    private func expectKept(on replica: Replica) throws {
        #expect(try count("foreignRecord", on: replica) == 1)
        #expect(try value(of: Self.field, on: replica) == .text("unknown"))
        #expect(try value(of: Fields.Task.status, on: replica) == .integer(77))
        #expect(try replica.examine().faults == [])
    }

    @Test func whatIsUnknownIsKeptAndStaysThroughEdits() async throws {
        for replica in [mara, ben] { try expectKept(on: replica) }
        try mara.set(
            Fields.Task.details, ofTask: task, of: ben.member, to: .text("All of it"),
            at: programme.now)
        try mara.set(
            Fields.Task.title, ofTask: task, of: ben.member, to: .text("Read on"),
            at: programme.now)
        try await programme.sync(mara, ben)
        for replica in [mara, ben] { try expectKept(on: replica) }
        #expect(try hash(on: mara) == hash(on: ben))
        // It outlives the tables' being made anew.
        let before = try state(of: task, Schema.task.id, on: ben)
        try ben.rebuild()
        try expectKept(on: ben)
        #expect(try state(of: task, Schema.task.id, on: ben) == before)
    }

    @Test func hubThatLostItGetsItBack() throws {
        let entries = try ben.writer.read { database in
            try StoreTransaction(database).entriesToGiveBack(
                after: .start, device: ben.identity.device)?.entries ?? []
        }
        let changes = try entries.compactMap(\.batch).flatMap(\.sections)
            .flatMap { try $0.open().changeSets }.flatMap(\.changes)
        #expect(changes.contains { $0.entity == Self.entity.id })
        #expect(changes.contains { $0.field == Self.field })
        #expect(changes.contains { $0.operation == .set(.integer(77)) })
    }

    /// A program that did not know tasks has kept them with the records that it did not know.
    @Test func versionThatKnowsItGivesItATable() throws {
        let state = try state(of: task, Schema.task.id, on: ben)
        let bytes = state.storedBytes(of: task) { _, _ in false }
        let hash = try hash(on: ben)
        try ben.writer.write { database in
            try database.execute(
                sql: """
                    INSERT INTO foreignRecord (id, scope, life, createdAt, updatedAt, cells)
                    SELECT id, scope, life, createdAt, updatedAt, ? FROM task;
                    """, arguments: [Data(bytes)])
            try database.execute(sql: "DELETE FROM task")
            try Meta(database).set(.schemaVersion, integer: 0)
        }
        #expect(try ben.examine().faults.contains { $0.kind == .table })
        let updated = try Replica.open(at: ben.home)
        let title = try updated.read {
            try $0.record(task, of: Schema.task)?.text(Fields.Task.title)
        }
        #expect(title == "Read")
        try expectKept(on: updated)
        #expect(try self.hash(on: updated) == hash)
    }
}
