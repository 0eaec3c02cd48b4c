import GRDB
import Model
import Testing

@testable import Replica

@Suite struct ReplicaActionTests {
    private let harness: ReplicaHarness
    private let replica: Replica
    private let now = ClaimedTime(milliseconds: 3_000_000)

    init() throws {
        harness = try ReplicaHarness()
        replica = try harness.join("Ana", as: .participant)
    }

    private func addTask(_ title: String) throws -> RecordID {
        try replica.act("task add", at: now) { action in
            try action.create(
                Schema.task, in: .participant(replica.identity.member),
                values: [
                    Fields.Task.title: .text(title),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ])
        }
    }

    @Test func joinerCanWriteBeforeTheHubIsReached() throws {
        let id = try addTask("Read chapter 3")
        let record = try replica.read { try $0.record(id, of: Schema.task) }
        #expect(record?.text(Fields.Task.title) == "Read chapter 3")
        #expect(record?.isPending == true)
    }

    @Test func whatWasSavedIsThereAfterReopening() throws {
        let id = try addTask("Read chapter 3")
        let again = try Replica.open(at: replica.home)
        let record = try again.read { try $0.record(id, of: Schema.task) }
        #expect(record?.text(Fields.Task.title) == "Read chapter 3")
    }

    @Test func writerIsDurable() throws {
        let settings = try replica.writer.writeWithoutTransaction { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(database, sql: "PRAGMA secure_delete")
            )
        }
        #expect(settings.0 == 2)
        #expect(settings.1 == "wal")
        #expect(settings.2 == 1)
    }

    @Test func refusedActionChangesNothing() throws {
        #expect(throws: ReplicaError(.refused(RefusalReason.wrongScope.rawValue), "slot add")) {
            try replica.act("slot add", at: now) { action in
                _ = try action.create(
                    Schema.slot, in: .slots(of: replica.identity.member), values: [:])
            }
        }
        let pending = try replica.writer.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM pendingSet")
        }
        #expect(pending == 1)  // the introduction
    }

    @Test func undoneActionIsRedoneByUndo() throws {
        let id = try addTask("Draft")
        let scope = Scope.participant(replica.identity.member)
        try replica.act("task edit", at: now) { action in
            try action.set(
                Fields.Task.title, of: id, Schema.task, in: scope, to: .text("Final"))
        }
        func title() throws -> String? {
            try replica.read { try $0.record(id, of: Schema.task)?.text(Fields.Task.title) }
        }
        #expect(try replica.undo(at: now).undone.count == 1)
        #expect(try title() == "Draft")
        #expect(try replica.undo(at: now).undone.count == 1)
        #expect(try title() == "Final")
    }

    @Test func undoOfACreationDeletesAndRedoRestores() throws {
        let id = try addTask("Draft")
        _ = try replica.undo(at: now)
        #expect(try replica.read { try $0.record(id, of: Schema.task) } == nil)
        _ = try replica.undo(at: now)
        #expect(try replica.read { try $0.record(id, of: Schema.task) } != nil)
    }

    @Test func largeActionIsSealedInBatchesThatChain() throws {
        try replica.act("import", at: now) { action in
            for index in 0..<2000 {
                _ = try action.create(
                    Schema.journalEntry, in: .own(replica.identity.member),
                    values: [
                        Fields.JournalEntry.body: .text(
                            "Entry \(index) " + String(repeating: "x", count: 100)),
                        Fields.JournalEntry.date: .text("1660-01-01"),
                    ])
                try action.endSet()
            }
        }
        let (batches, pending) = try replica.writer.read {
            (
                try Int.fetchOne($0, sql: "SELECT count(*) FROM batch") ?? 0,
                try Int.fetchOne($0, sql: "SELECT count(*) FROM pendingSet")
            )
        }
        #expect(batches > 2)
        #expect(pending == 0)
        let account = try replica.writer.read {
            try StoreTransaction($0).account(of: replica.identity)
        }
        #expect(account.made == account.waiting)
        #expect(account.made >= 2000 * 3)
    }
}
