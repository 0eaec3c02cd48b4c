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

    /// A member has a role that only a later version knows: whoever they are, what they write can be
    /// checked.
    @Test func deviceOfAnUnknownRoleIsLearnt() async throws {
        let (device, member) = (
            SigningKey(), MemberID(RecordID(device: DeviceID(rawValue: 9), counter: 1))
        )
        let certificate = DeviceCertificate(
            programme: ProgrammeID(hubKey: programme.hub.key.publicKey), key: device.publicKey,
            member: member, role: nil, validFrom: .start)
        programme.hub.create(
            Schema.device, in: .programme,
            values: [
                Fields.Device.member: .member(member),
                Fields.Device.certificate: .bytes(
                    certificate.sign(with: programme.hub.key).encodedBytes),
                Fields.Device.name: .text("later"),
            ])
        try await programme.sync(mara, ben)
        let key = try await ben.writer.read {
            try StoreTransaction($0).key(of: DeviceID(device.publicKey))
        }
        #expect(key == device.publicKey)
    }

    /// What this version cannot take along stays together with the rest.
    @Test func entryWithAnUnknownFieldIsNotShared() async throws {
        let own = Scope.own(ben.member)
        func write() throws -> RecordID {
            try ben.act("journal write", at: programme.now) { action in
                try action.create(
                    Schema.journalEntry, in: own,
                    values: [
                        Fields.JournalEntry.body: .text("Today"),
                        Fields.JournalEntry.date: .text("2026-11-22"),
                    ])
            }
        }
        let (known, unknown) = (try write(), try write())
        try await programme.sync(ben)
        programme.hub.set(
            Self.field, of: unknown, Schema.journalEntry, in: own, to: .text("unknown"))
        try await programme.sync(ben)
        func share(_ entry: RecordID) throws {
            try ben.act("journal share", at: programme.now) { action in
                try action.move(entry, Schema.journalEntry, from: own, to: scope)
            }
        }
        try share(known)
        #expect(throws: ReplicaError(.setAside, unknown.text)) { try share(unknown) }
    }

    @Test func hubThatLostItGetsItBack() throws {
        let entries = try ben.writer.read { database in
            try StoreTransaction(database).partToGiveBack(
                after: .start, device: ben.identity.device)?.entries ?? []
        }
        let changes = try entries.compactMap(\.batch).flatMap(\.sections)
            .flatMap { try $0.open().changeSets }.flatMap(\.changes)
        #expect(changes.contains { $0.entity == Self.entity.id })
        #expect(changes.contains { $0.field == Self.field })
        #expect(changes.contains { $0.operation == .set(.integer(77)) })
    }

    /// Members' ids name a record of every entity that there is once for each member.
    @Test func recordsOfTwoUnknownEntitiesMayHaveOneID() async throws {
        let other = Entity(
            9_998, "other", scopes: [.participant], creators: [.hub],
            fields: [Field(1, "word", .text, .register(.long), writers: [.hub])])
        let record = ben.member.recordID
        for entity in [Self.entity, other] {
            programme.hub.create(
                entity, in: scope, id: record, values: [FieldID(1): .text(entity.name)])
        }
        try await programme.sync(mara, ben)
        programme.hub.set(FieldID(1), of: record, other, in: scope, to: .text("again"))
        try await programme.sync(mara, ben)
        for replica in [mara, ben] {
            for (entity, word) in [(Self.entity, "future"), (other, "again")] {
                let state = try state(of: record, entity.id, on: replica)
                #expect(state.entity == entity.id)
                #expect(state.cells.compactMap { $0.shown?.value.text } == [word])
            }
            #expect(try replica.examine().faults == [])
        }
        #expect(try hash(on: mara) == hash(on: ben))
        let before = try hash(on: ben)
        try ben.rebuild()
        #expect(try hash(on: ben) == before)
    }

    /// Files of before have no column for the entity: it stands in what is kept of the record.
    @Test func fileOfBeforeKeepsWhatItDoesNotKnow() throws {
        let hash = try hash(on: ben)
        try ben.writer.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE former (
                        key INTEGER PRIMARY KEY, id BLOB NOT NULL, scope INTEGER NOT NULL,
                        life INTEGER NOT NULL, createdAt INTEGER NOT NULL,
                        updatedAt INTEGER NOT NULL, cells BLOB NOT NULL, UNIQUE (id, scope)
                    ) STRICT;
                    INSERT INTO former SELECT key, id, scope, life, createdAt, updatedAt, cells
                        FROM foreignRecord;
                    DROP TABLE foreignRecord;
                    ALTER TABLE former RENAME TO foreignRecord;
                    PRAGMA user_version = 19;
                    """)
        }
        let updated = try Replica.open(at: ben.home)
        try expectKept(on: updated)
        #expect(try self.hash(on: updated) == hash)
    }

    /// A program that did not know tasks has kept them with the records that it did not know.
    @Test func versionThatKnowsItGivesItATable() throws {
        let state = try state(of: task, Schema.task.id, on: ben)
        let bytes = state.storedBytes(of: task) { _, _ in false }
        let hash = try hash(on: ben)
        try ben.writer.write { database in
            try database.execute(
                sql: """
                    INSERT INTO foreignRecord
                        (id, scope, life, createdAt, updatedAt, cells, entity)
                    SELECT id, scope, life, createdAt, updatedAt, ?, ? FROM task;
                    """, arguments: [Data(bytes), Int64(Schema.task.id.rawValue)])
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
