import GRDB
import Model
import TestSupport
import Testing

@testable import Replica

@Suite struct DoctorTests {
    private let programme: RelayedProgramme
    private let mentor: Replica
    private let ben: Replica

    init() async throws {
        programme = try RelayedProgramme()
        mentor = try await programme.join("Mara", as: .mentor)
        ben = try await programme.join("Ben", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ben.member)
        try await programme.sync(mentor, ben)
        _ = try mentor.addTask("Read", for: ben.member, at: programme.now)
        try await programme.sync(mentor, ben)
        _ = try ben.addTask("Write", for: ben.member, at: programme.now)
        try ben.writeEntry("Dear diary", at: programme.now)
        try await programme.sync(ben)
        // Sealed and on its way, and not even sealed.
        _ = try ben.addTask("Count", for: ben.member, at: programme.now)
        _ = try ben.syncRequest(now: programme.now)
        _ = try ben.addTask("Rest", for: ben.member, at: programme.now)
    }

    private func tamper(_ sql: String) throws {
        try ben.writer.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    private func faultKinds() throws -> Set<DoctorReport.Fault.Kind> {
        Set(try ben.examine().faults.map(\.kind))
    }

    private func titles() throws -> [String] {
        try ben.read { reader in
            try reader.records(of: Schema.task).compactMap { $0.text(Fields.Task.title) }.sorted()
        }
    }

    @Test func aSoundReplicaHasNoFaults() throws {
        let report = try ben.examine()
        #expect(report.faults.isEmpty)
        #expect(report.batchCount > 0)
        #expect(report.changeCount > 0)
        #expect(try mentor.examine().faults.isEmpty)
    }

    /// Each row: what somebody did to the file, and what the doctor calls it.
    @Test(arguments: [
        ("UPDATE task SET title = 'x' WHERE title = 'Read'", DoctorReport.Fault.Kind.table),
        ("UPDATE task SET title = 'x' WHERE title = 'Rest'", .table),
        ("UPDATE task SET cells = x'00' WHERE title = 'Write'", .table),
        ("DELETE FROM task WHERE title = 'Count'", .table),
        (
            """
            INSERT INTO task (id, scope, life, createdAt, updatedAt, cells)
            SELECT zeroblob(16), scope, 0, 0, 0, x'' FROM task LIMIT 1
            """, .table
        ),
        ("UPDATE scope SET stateHash = randomblob(32) WHERE key = 1", .stateHash),
        ("UPDATE scope SET chain = randomblob(32) WHERE key = 1", .scopeChain),
        (
            """
            INSERT INTO conflict (id, record, entity, scope, field, kind)
            SELECT randomblob(16), id, 6, scope, 1, 'value' FROM task LIMIT 1
            """, .conflicts
        ),
    ])
    func tablesThatDifferFromTheLogAreFoundAndMended(
        sql: String, kind: DoctorReport.Fault.Kind
    ) throws {
        let before = try titles()
        try tamper(sql)
        #expect(try faultKinds().contains(kind))
        #expect(kind.isMendedByRebuilding)
        try ben.rebuild()
        #expect(try ben.examine().faults.isEmpty)
        #expect(try titles() == before)
    }

    @Test(arguments: [
        (
            "UPDATE batch SET signature = zeroblob(64) WHERE sequence = 1",
            DoctorReport.Fault.Kind.batch
        ),
        ("UPDATE batch SET header = CAST(header || x'00' AS BLOB) WHERE sequence = 1", .batch),
        ("UPDATE batch SET coreSignature = zeroblob(64) WHERE state = 1", .admission),
        ("UPDATE batch SET number = number + 1 WHERE sequence = 1", .admission),
        ("UPDATE section SET bytes = zeroblob(80) WHERE key = 1", .section),
        (
            "UPDATE deviceKey SET member = randomblob(16) WHERE certificate IS NOT NULL",
            .certificate
        ),
        ("UPDATE deviceKey SET key = randomblob(32) WHERE certificate IS NULL", .certificate),
        ("UPDATE meta SET integer = integer + 1 WHERE name = 'sequence'", .ownChain),
    ])
    func logsThatWereTamperedWithAreFound(sql: String, kind: DoctorReport.Fault.Kind) throws {
        try tamper(sql)
        #expect(try faultKinds().contains(kind))
        #expect(!kind.isMendedByRebuilding)
    }

    @Test func anIndexThatMissesAnEntryIsFoundAndMended() throws {
        try tamper("INSERT INTO journalSearch (journalSearch) VALUES ('delete-all')")
        #expect(try faultKinds() == [.search])
        try ben.rebuild()
        #expect(try ben.examine().faults.isEmpty)
    }

    @Test func rebuildingChangesNothingInASoundReplica() throws {
        func state() throws -> [String] {
            try ben.writer.read { database in
                try StoreTransaction(database).allScopes()
                    .map { "\($0.scope.kind) \($0.chain.text) \($0.stateHash)" }
            }
        }
        let (before, tasks) = (try state(), try titles())
        try ben.rebuild()
        #expect(try state() == before)
        #expect(try titles() == tasks)
        #expect(try ben.examine().faults.isEmpty)
    }

    @Test func manyFaultsOfAKindAreNamedOnlyInPart() throws {
        var report = DoctorReport()
        for index in 0..<100 { report.note(.table, "row \(index)") }
        report.note(.batch, "b")
        #expect(report.faults.count == 11)
    }
}
