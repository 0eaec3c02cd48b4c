import Cryptography
import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// What can happen while a scope begins with a snapshot, or before its history is here.
extension SnapshotTests {
    @Test(arguments: [false, true])
    func hubThatMakesAnotherSnapshotMeanwhile(dropsTheOld: Bool) async throws {
        try programme.reopenHub(Self.tiny)
        let young = try programme.joinAgain(pia, named: "young")
        try await syncUntilPiecesAreMissing(young)
        try await live()
        let scopes = try programme.readableScopes(of: pia.member)
        try programme.hub.makeSnapshots(of: scopes.sorted())
        if dropsTheOld {
            try programme.hub.database.write { store in
                for scope in scopes { try store.dropSnapshots(of: store.tables.scope(scope)) }
            }
        }
        try await programme.sync(young)
        try await programme.sync(pia)
        try expectSame(pia, young)
        try expectSound(young)
    }

    /// A hub whose snapshot is not what it has signed of it.
    @Test func snapshotThatDoesNotAddUpIsGivenUp() async throws {
        try programme.reopenHub(Self.large)
        let scope = Scope.own(pia.member)
        try programme.hub.database.write { [programme] store in
            let row = try store.tables.scope(scope)
            var writer = SnapshotWriter(devices: [])
            let record = RecordID(device: DeviceID(rawValue: 1), counter: 2)
            writer.append(SnapshotRecord(record: record, canonicalBytes: [7, 0, 0]))
            writer.finish()
            let head = SnapshotHead(
                programme: programme.hub.identity.programme, scope: scope,
                position: try store.head(), opened: try #require(row.opened), chain: row.chain,
                stateHash: row.stateHash, byteCount: writer.byteCount,
                recordCount: writer.recordCount, pieceHashes: writer.pieces.map(\.hash))
            try store.insert(
                SnapshotDraft(
                    scope: scope, position: head.position,
                    signed: head.sign(with: programme.hub.key), pieces: writer.pieces))
        }
        #expect(try programme.hub.verify().fault != nil)
        let young = try programme.joinAgain(pia, named: "young")
        try await programme.sync(young)
        try await programme.sync(pia)
        try expectSame(pia, young)
        try expectSound(young)
    }

    /// The snapshot is of a later place than the page that came with it, and the hub is set back to
    /// one between them.
    @Test func hubThatIsSetBackBehindASnapshotThatALaptopHas() async throws {
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.addSlot(inHours: 24, by: mia)
        try await programme.sync(mia)
        for number in 1...8 {
            let details = RandomBytes.generate(count: 2_000).hexadecimal
            try mia.replica.act("task add", at: programme.now(mia)) { [pia] action in
                _ = try action.create(
                    Schema.task, in: .participant(pia.member),
                    values: [
                        Fields.Task.title: .text("task \(number)"),
                        Fields.Task.details: .text(details),
                        Fields.Task.status: .integer(TaskStatus.open.rawValue),
                    ])
            }
            try await programme.sync(mia)
        }
        let copy = try programme.copyFolder()
        try programme.addSlot(inHours: 48, by: mia)
        try await programme.sync(mia)
        try programme.reopenHub(
            Programme.Sizes(pageBytesTarget: 8_000, snapshotLogBytesMin: 0))
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 1))
        }
        let (position, cursors) = try await pia.replica.writer.read { database in
            let store = StoreTransaction(database)
            return (
                try store.meta.position(), try store.standpoint().catchingUp
            )
        }
        #expect(cursors.contains { $0.position > position })
        try programme.putBack(copy)
        let lineage = try programme.hub.database.read { try $0.tables.lineage() }
        let request = try pia.replica.syncRequest(now: programme.now(pia))
        let answer = try pia.replica.open(
            try programme.hub.sync(request.bytes, now: programme.hubTime), nonce: request.nonce)
        #expect(answer.lacking == lineage.branches[lineage.present])
        try programme.addSlot(inHours: 72, by: mia)
        try await programme.sync(mia)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func laptopThatWasCopiedWhileItBeganTakesNoSnapshot() async throws {
        try programme.reopenHub(Self.tiny)
        let young = try programme.joinAgain(pia, named: "young")
        try await syncUntilPiecesAreMissing(young)
        try programme.backUp(young, to: "copy")
        try await programme.sync(young)
        try young.replica.act("journal write", at: programme.now(young)) { action in
            _ = try action.create(
                Schema.journalEntry, in: .own(pia.member),
                values: [
                    Fields.JournalEntry.body: .text("on the first"),
                    Fields.JournalEntry.date: .text("2026-11-22"),
                ])
        }
        try await programme.sync(young)
        let copy = try programme.start("copy", like: young)
        let report = try await programme.sync(copy)
        #expect(report.formerDevice == young.replica.identity.device)
        // Those that were in its tables stay until their history has come.
        #expect(try count("SELECT count(*) FROM snapshot WHERE state < 2", on: copy) == 0)
        try await programme.syncAll()
        try expectSame(young, copy)
        let bodies = try copy.replica.read {
            try $0.records(of: Schema.journalEntry).compactMap {
                $0.text(Fields.JournalEntry.body)
            }
        }
        #expect(bodies.filter { $0 == "on the first" }.count == 1)
        try expectSound(copy)
    }

    @Test func hubThatWasSetBackMeanwhileIsFollowed() async throws {
        try programme.reopenHub(Self.tiny)
        let backup = try programme.backup()
        try await live()
        let young = try programme.joinAgain(pia, named: "young")
        try await syncUntilPiecesAreMissing(young)
        try programme.restore(backup)
        try programme.reopenHub(Self.tiny)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSame(pia, young)
        for laptop in programme.laptops { try expectSound(laptop) }
        #expect(try programme.hub.verify().fault == nil)
        // Who joins now gets everything, too.
        let late = try programme.joinAgain(pia, named: "late")
        try await programme.sync(late)
        try await programme.sync(young)
        try expectSame(young, late)
        try expectSound(late)
    }

    /// What is erased leaves a laptop that has it from a snapshot, whole or in part, without its
    /// sections.
    @Test(arguments: [false, true])
    func erasedWordsLeaveWithoutTheirSections(isLevel: Bool) async throws {
        try programme.reopenHub(Self.tiny)
        let entry = try pia.replica.act("journal write", at: programme.now(pia)) { action in
            try action.create(
                Schema.journalEntry, in: .own(pia.member),
                values: [
                    Fields.JournalEntry.body: .text("\(Self.secret) once"),
                    Fields.JournalEntry.date: .text("2026-11-22"),
                ])
        }
        try await programme.sync(pia)
        let young = try programme.joinAgain(pia, named: "young")
        if isLevel {
            try await programme.sync(young, historyBytesMax: 0)
            #expect(try !files(of: young, with: Self.secret).isEmpty)
        } else {
            try await syncUntilPiecesAreMissing(young)
        }
        try pia.replica.act("erase", at: programme.now(pia)) { action in
            try action.erase(entry, Schema.journalEntry, in: .own(pia.member))
        }
        try await programme.sync(pia)
        for _ in 0..<2 { try await programme.sync(young, historyBytesMax: 0) }
        #expect(try files(of: young, with: Self.secret) == [])
        for laptop in [young, pia] { try await programme.sync(laptop) }
        try expectSame(pia, young)
        try expectSound(young)
        #expect(try programme.hub.verify().fault == nil)
    }

    /// What a laptop wrote before its first sync is in the snapshot that it gets, and comes once more
    /// where the scope has to begin anew before its history is there.
    @Test func ownWorkInASnapshotComesAgain() async throws {
        let young = try await beginWithATask()
        try await programme.sync(young, historyBytesMax: 0)
        let scope = Scope.participant(pia.member)
        let task = try #require(
            try pia.replica.read {
                try $0.records(of: Schema.task).first { $0.scope == scope }
            })
        try pia.replica.act("erase", at: programme.now(pia)) { action in
            try action.erase(task.id, Schema.task, in: scope)
        }
        try await programme.sync(pia)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(young, over: Programme.Road(losesAnswer: 1))
        }
        #expect(try titles(on: young).contains(Self.early))
        for _ in 0..<2 { try await programme.sync(young) }
        try expectSame(pia, young)
        try expectSound(young)
    }

    /// Nor does it leave while the laptop waits for it, where what it has of the scope is dropped.
    @Test func ownWorkStaysInSight() async throws {
        let young = try await beginWithATask()
        let scope = Scope.participant(pia.member)
        let identity = young.replica.identity
        try await young.replica.writer.write { database in
            let store = StoreTransaction(database)
            try store.restart(store.scope(scope), identity: identity)
            try store.flush()
        }
        #expect(try titles(on: young) == [Self.early])
        for _ in 0..<2 { try await programme.sync(young) }
        try await programme.sync(pia)
        try expectSame(pia, young)
        try expectSound(young)
    }

    private static let early = "before the first sync"

    /// A laptop that knows what the hub decided on its first task, and of the task's scope has pieces of
    /// a snapshot only.
    private func beginWithATask() async throws -> Programme.Laptop {
        try programme.reopenHub(Self.tiny)
        let young = try programme.joinAgain(pia, named: "young")
        try young.replica.act("task add", at: programme.now(young)) { action in
            try action.create(
                Schema.task, in: .participant(pia.member),
                values: [
                    Fields.Task.title: .text(Self.early),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ])
        }
        try await syncUntilPiecesAreMissing(young)
        let decided = try count(
            """
            SELECT count(*) FROM section JOIN snapshot USING (scope)
            WHERE section.number IS NOT NULL AND applied = 0 AND snapshot.state = 0
            """, on: young)
        #expect(decided == 1)
        return young
    }

    private func titles(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.read {
            try $0.records(of: Schema.task).compactMap { $0.text(Fields.Task.title) }
        }
    }

    /// A version that knew no journals kept their entries beside its tables. The next one gives them
    /// their own, before it has what lies behind the snapshot; where it can only read, too.
    @Test(arguments: [false, true])
    func updateGivesATableWithoutTheHistory(isReadOnly: Bool) async throws {
        try programme.reopenHub(Self.large)
        let young = try programme.joinAgain(pia, named: "young")
        try await programme.sync(young, historyBytesMax: 0)
        let before = try Standing.of(young)
        let count = try await young.replica.writer.write { database in
            let store = StoreTransaction(database)
            let rows = try Row.fetchAll(database, sql: "SELECT id, scope, body FROM journalEntry")
            for row in rows {
                let id = try #require(RecordID(bytes: row[0] as Data))
                let state = try store.state(
                    of: id, entity: Schema.journalEntry.id, in: store.scope(key: row[1]))
                try database.execute(
                    sql: """
                        INSERT INTO foreignRecord
                            (id, scope, life, createdAt, updatedAt, cells, entity)
                        SELECT id, scope, life, createdAt, updatedAt, ?, ? FROM journalEntry
                        WHERE id = ? AND scope = ?
                        """,
                    arguments: [
                        Data(state.storedBytes(of: id) { _, _ in false }),
                        Int64(Schema.journalEntry.id.rawValue), row[0] as Data, row[1] as Int64,
                    ])
                try database.execute(
                    sql: """
                        UPDATE textHistory SET base = ?
                        WHERE base IS NULL AND record = ? AND scope = ?
                        """,
                    arguments: [
                        Data(TextArchive.bytes(ofText: row[2] as String? ?? "")), row[0] as Data,
                        row[1] as Int64,
                    ])
            }
            try database.execute(sql: "DELETE FROM journalEntry")
            try Meta(database).set(.schemaVersion, integer: 0)
            return rows.count
        }
        #expect(count > 20)
        if isReadOnly {
            try FileManager.default.removeItem(atPath: young.replica.home + "/device.key")
        }
        let updated = try Replica.open(at: young.replica.home)
        #expect((updated.readingReason == .badKey) == isReadOnly)
        #expect(try Standing.of(updated) == before)
        #expect(try updated.examine().faults.filter { $0.kind != .key }.isEmpty)
    }

    /// The laptop asks for what lies behind the snapshot, and the hub tells it of the loss.
    @Test func scopeThatIsLostAndComesBackHasItsHistory() async throws {
        try programme.reopenHub(Self.large)
        let young = try programme.joinAgain(mia, named: "young")
        try await programme.sync(young, historyBytesMax: 0)
        let mentorship = try #require(
            try young.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try programme.assign(mia, pia)
        for laptop in [young, mia, young] { try await programme.sync(laptop) }
        #expect(try count("SELECT count(*) FROM snapshot", on: young) == 0)
        try expectSame(mia, young)
        try expectSound(young)
    }
}
