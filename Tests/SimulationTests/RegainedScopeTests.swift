import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A scope that a mentor loses and gets back.
@Suite(.timeLimit(.minutes(10))) struct RegainedScopeTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    /// The mentor has written a task for the participant, and everybody has it.
    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try addTask("first")
        for laptop in [mia, pia] { try await programme.sync(laptop) }
    }

    private func addTask(_ title: String) throws {
        try mia.replica.act("task add", at: programme.now(mia)) { action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [
                    Fields.Task.title: .text(title),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ])
        }
    }

    private func endMentorship() throws {
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
    }

    private func expectLevel() throws {
        let wanted = try Standing.of(programme.hub)
            .restricted(to: try programme.readableScopes(of: mia.member))
        let standing = try Standing.of(mia)
        #expect(standing.scopes == wanted.scopes)
        #expect(standing.rows == wanted.rows)
        #expect(try mia.replica.examine().faults == [])
        let account = try programme.account(of: mia)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
        #expect(account.waiting == 0)
    }

    @Test func accountAddsUpWhenItHasComeBack() async throws {
        try endMentorship()
        try await programme.sync(mia)
        #expect(try programme.account(of: mia).made == programme.changesNumbered(by: mia))
        try programme.assign(mia, pia)
        try await programme.sync(mia)
        try expectLevel()
    }

    /// Between two syncs, and the mentor has written in it meanwhile.
    @Test func lostAndRegainedWithUnsentWork() async throws {
        try endMentorship()
        try programme.assign(mia, pia)
        try addTask("second")
        try await programme.sync(mia)
        try expectLevel()
        let tasks = try mia.replica.read { try $0.records(of: Schema.task) }
        #expect(tasks.count == 2)
    }

    /// The scope leaves with a page that ends before the decision on what the mentor has written.
    @Test func whatIsAdmittedAfterAllIsNoRejectedItem() async throws {
        try endMentorship()
        try programme.assign(mia, pia)
        try addTask("second")
        try programme.cutPages(atBytes: 1)
        let report = try await programme.sync(mia)
        try expectLevel()
        let tasks = try mia.replica.read { try $0.records(of: Schema.task) }
        #expect(tasks.count == 2)
        #expect(try mia.replica.read { try $0.rejectedItems() }.isEmpty)
        #expect(report.rejected.isEmpty)
    }

    /// Part of the work was refused as the scope left, and does not come back with it. That it is
    /// fetched anew later is no coming back.
    @Test func whatIsThereStaysInSightWhenItIsFetchedAnewLater() async throws {
        try addTask("second")
        try endMentorship()
        try await programme.sync(mia)
        #expect(try mia.replica.read { try $0.rejectedItems() }.count == 1)
        try programme.assign(mia, pia)
        try await programme.sync(mia)
        try expectLevel()
        for _ in 0..<2 {
            try await mia.replica.writer.write { [pia, identity = mia.replica.identity] database in
                let store = StoreTransaction(database)
                try store.restart(
                    store.scope(.participant(pia.member)), identity: identity)
                try store.flush()
            }
            let titles = try mia.replica.read {
                try $0.records(of: Schema.task).map { $0.text(Fields.Task.title) }
            }
            #expect(titles == ["first"])
            let account = try programme.account(of: mia)
            #expect(account.made == (try programme.changesNumbered(by: mia)))
        }
        for _ in 0..<2 { try await programme.sync(mia) }
        try expectLevel()
    }

    /// The hub is set back while it is under way, and the laptop begins anew.
    @Test(arguments: 1..<6)
    func accountAddsUpWhereTheHubIsSetBackMeanwhile(pages: Int) async throws {
        for title in ["second", "third", "fourth"] {
            try addTask(title)
            try await programme.sync(mia)
        }
        try endMentorship()
        try await programme.sync(mia)
        try programme.assign(mia, pia)
        let backup = try programme.backup()
        try programme.writeEntry("lost", by: pia)
        try await programme.sync(pia)
        try programme.cutPages(atBytes: 1)
        var road = Programme.Road()
        road.losesAnswer = pages
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(mia, over: road)
        }
        try programme.restore(backup)
        try await programme.syncAll()
        try expectLevel()
    }
}
