import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// What the hub refuses although the laptop's forecast allowed it, because the laptop had not seen
/// the reason: everybody shows the same, and its author keeps the work.
@Suite(.timeLimit(.minutes(10))) struct RefusedWorkTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let scope: Scope
    private let task: RecordID

    /// Pia, who has not heard that her task is to be reviewed, marks it done and writes a note to
    /// it: one batch with one change set that is refused and one that is not.
    init() async throws {
        programme = try Programme()
        let mia = try programme.join("Mia", as: .mentor)
        let pia = try programme.join("Pia", as: .participant)
        let scope = Scope.participant(pia.member)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try await programme.sync(mia)
        let task = try mia.replica.act("task add", at: programme.now(mia)) { action in
            try action.create(
                Schema.task, in: scope,
                values: [
                    Fields.Task.title: .text("Letter"),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ])
        }
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try mia.replica.act("task edit", at: programme.now(mia)) { action in
            try action.set(
                Fields.Task.review, of: task, Schema.task, in: scope, to: .boolean(true))
        }
        try await programme.sync(mia)
        try pia.replica.act("task done", at: programme.now(pia)) { action in
            try action.set(
                Fields.Task.status, of: task, Schema.task, in: scope,
                to: .integer(TaskStatus.done.rawValue))
        }
        try pia.replica.act("task note", at: programme.now(pia)) { action in
            try action.set(
                Fields.Task.note, of: task, Schema.task, in: scope, to: .text("Sent today"))
        }
        (self.mia, self.pia, self.scope, self.task) = (mia, pia, scope, task)
    }

    private func shown(on laptop: Programme.Laptop) throws -> StoredRecord {
        try #require(
            try laptop.replica.read { try $0.records(of: Schema.task) }.first { $0.id == task })
    }

    @Test func nobodyShowsIt() async throws {
        #expect(try shown(on: pia).integer(Fields.Task.status) == TaskStatus.done.rawValue)
        for laptop in [pia, mia] {
            try await programme.sync(laptop)
            let record = try shown(on: laptop)
            #expect(record.integer(Fields.Task.status) == TaskStatus.open.rawValue)
            #expect(record.text(Fields.Task.note) == "Sent today")
        }
        let wanted = try Standing.of(programme.hub).scopes[scope]
        for laptop in [pia, mia] {
            #expect(try Standing.of(laptop).scopes[scope] == wanted, "\(laptop.name)")
            #expect(try laptop.replica.examine().faults == [], "\(laptop.name)")
        }
    }

    @Test func itsAuthorKeepsItWithTheReason() async throws {
        let report = try await programme.sync(pia)
        let items = try await pia.replica.writer.read { try StoreTransaction($0).rejectedItems() }
        #expect(report.rejected == items.map(\.id))
        #expect(items.map(\.record) == [task])
        #expect(items.map(\.reason) == [.reviewRequired])
        let done = Change.Operation.set(.integer(TaskStatus.done.rawValue))
        #expect(items.first?.changes.map(\.operation) == [done])
        let account = try programme.account(of: pia)
        #expect(account.rejected == 1)
        #expect(account.waiting == 0)
        #expect(account.made == (try programme.changesNumbered(by: pia)))
    }

    /// An entry that is made in one step with what is refused, and then moved: both halves of the move
    /// are refused with it, and kept.
    @Test func bothHalvesOfARefusedMoveAreKept() async throws {
        let own = Scope.own(pia.member)
        try pia.replica.act("task reopen", at: programme.now(pia)) { action in
            try action.set(
                Fields.Task.status, of: task, Schema.task, in: scope,
                to: .integer(TaskStatus.open.rawValue))
        }
        let entry = try pia.replica.act("task done", at: programme.now(pia)) { action in
            try action.set(
                Fields.Task.status, of: task, Schema.task, in: scope,
                to: .integer(TaskStatus.done.rawValue))
            return try action.create(
                Schema.journalEntry, in: own,
                values: [
                    Fields.JournalEntry.title: .text("Done"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        try pia.replica.act("journal share", at: programme.now(pia)) { action in
            try action.move(entry, Schema.journalEntry, from: own, to: scope)
        }
        try await programme.sync(pia)
        let items = try pia.replica.read { try $0.rejectedItems() }.filter { $0.record == entry }
        #expect(items.count == 3)
        let operations = items.flatMap(\.changes).map(\.operation)
        #expect(operations.filter { $0 == .leave }.count == 1)
        #expect(operations.filter { $0 == .set(.text("Done")) }.count == 2)
        let account = try programme.account(of: pia)
        #expect(account.made == (try programme.changesNumbered(by: pia)))
    }
}
