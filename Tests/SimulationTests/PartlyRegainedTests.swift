import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A scope that a mentor lost, with work of their own in it, and gets back page by page: until it is
/// whole nothing of it is shown, and a program that makes the tables anew shows the same.
@Suite(.timeLimit(.minutes(10))) struct PartlyRegainedTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 1)
        for index in 0..<4 {
            for laptop in [mia, pia] {
                _ = try programme.addTask("\(laptop.name) \(index)", by: laptop, for: pia)
                try await programme.sync(laptop)
            }
        }
        try await programme.syncAll(rounds: 1)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.syncAll(rounds: 1)
        try programme.assign(mia, pia)
        try programme.cutPages(atBytes: 500)
    }

    /// The hub's answer came by bundle, say, and comes by the network, too.
    @Test func anAnswerIsTakenInOnce() async throws {
        var event = SyncSession.Event.paged(more: true, unsent: false)
        while event == .paged(more: true, unsent: false) {
            let request = try mia.replica.syncRequest(now: programme.now(mia))
            let answer = try programme.hub.sync(request.bytes, now: programme.hubTime)
            var report = SyncReport()
            event = try mia.replica.apply(answer, to: request, report: &report)
            let again = try mia.replica.apply(answer, to: request, report: &report)
            #expect(again == .fruitless)
        }
        #expect(event == .paged(more: false, unsent: false))
        #expect(try programme.titles(on: mia).count == 8)
        try await programme.syncAll(rounds: 1)
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// Ends the mentorship that has begun last.
    private func endLatest() async throws {
        try await programme.sync(pia)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }
                .last { !$0.isTrue(Fields.Mentorship.ended) })
        try programme.end(mentorship)
    }

    /// Fetches the next page. Returns whether there are more.
    private func fetchPage() throws -> Bool {
        var report = SyncReport()
        let event = try programme.exchange(mia, &report)
        guard case .paged(let more, _) = event else { return false }
        return more
    }

    @Test func itAppearsAtOnce() async throws {
        #expect(try programme.titles(on: mia).isEmpty)
        var pageCount = 1
        while try fetchPage() {
            pageCount += 1
            #expect(try programme.titles(on: mia).isEmpty)
        }
        #expect(pageCount > 3)
        #expect(try programme.titles(on: mia).count == 8)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// What had left and comes back is counted once, however often it goes.
    @Test func itLeavesAgainBeforeItIsWhole() async throws {
        for _ in 0..<5 { #expect(try fetchPage()) }
        try await endLatest()
        try await programme.syncAll()
        #expect(try programme.titles(on: mia).isEmpty)
        let account = try programme.account(of: mia)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
    }

    /// The same where the hub is set back before it is whole.
    @Test func itLeavesAgainAsTheHubIsSetBack() async throws {
        let backup = try programme.backup()
        _ = try programme.addTask("lost", by: pia, for: pia)
        try await programme.sync(pia)
        for _ in 0..<5 { #expect(try fetchPage()) }
        let made = try programme.changesNumbered(by: mia)
        try programme.restore(backup)
        try await endLatest()
        try await programme.syncAll()
        #expect(try programme.titles(on: mia).isEmpty)
        #expect(try programme.account(of: mia).made == made)
    }

    /// It leaves and comes back between two pages, and the first page of it ends where the last one
    /// before had ended.
    @Test func itComesAnewFromTheStart() async throws {
        var report = SyncReport()
        for bytes in stride(from: 500, through: 4_000, by: 250) {
            for _ in 0..<3 { #expect(try fetchPage()) }
            try await endLatest()
            try programme.assign(mia, pia)
            try programme.cutPages(atBytes: bytes)
            var event = SyncSession.Event.paged(more: true, unsent: false)
            for _ in 0..<40 where event == .paged(more: true, unsent: false) {
                event = try programme.exchange(mia, &report)
            }
            #expect(event == .paged(more: false, unsent: false), "\(bytes)")
            #expect(try programme.titles(on: mia).count == 8)
            try await endLatest()
            try await programme.sync(mia)
            try programme.assign(mia, pia)
            try programme.cutPages(atBytes: 500)
        }
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func tablesThatAreMadeAnewAreTheSame() async throws {
        while try fetchPage() { try await mia.expectSameAnew() }
        try await mia.expectSameAnew()
    }

    /// What is refused while the scope comes back leaves with it, if it goes again before it is whole.
    @Test func workThatIsRefusedMeanwhileLeavesAgain() async throws {
        try programme.cutPages(atBytes: Limits.pageBytesTarget)
        try await programme.syncAll(rounds: 1)
        _ = try programme.addTask("refused", by: mia, for: pia)
        let made = try programme.changesNumbered(by: mia)
        try await endLatest()
        try programme.assign(mia, pia)
        try programme.cutPages(atBytes: 1)
        while try programme.account(of: mia).waiting > 0 { #expect(try fetchPage()) }
        try await endLatest()
        while try fetchPage() {}
        #expect(try programme.account(of: mia).made == made)
    }

    /// What was not decided on as the scope left stays here, and is not taken for what had left when
    /// the scope comes back; the hub has lost some of that.
    @Test func workThatStayedIsNotTakenForWorkThatComesBack() async throws {
        try programme.cutPages(atBytes: Limits.pageBytesTarget)
        try await programme.syncAll(rounds: 1)
        func write(_ text: String) throws {
            try mia.replica.act("journal write", at: programme.now(mia)) { [mia] action in
                _ = try action.create(
                    Schema.journalEntry, in: .own(mia.member),
                    values: [
                        Fields.JournalEntry.body: .text(text),
                        Fields.JournalEntry.date: .text("2026-11-27"),
                    ])
            }
        }
        for index in 0..<3 {
            try write("sent \(index)")
            try await programme.sync(mia)
        }
        let backup = try programme.backup()
        try write("sent 3")
        try await programme.sync(mia)
        try programme.hub.suspend(mia.member, now: programme.hubTime)
        try write("while suspended")
        try programme.hub.reinstate(mia.member, now: programme.hubTime)
        try programme.cutPages(atBytes: 1)
        let made = try programme.changesNumbered(by: mia)
        while try programme.account(of: mia).waiting > 0 {
            #expect(try fetchPage())
            #expect(try programme.account(of: mia).made == made)
        }
        let device = mia.replica.identity.device
        #expect(try mia.replica.read { try $0.records(of: Schema.journalEntry) }.isEmpty)
        try programme.cutPages(atBytes: Limits.pageBytesTarget)
        try await programme.sync(pia)
        try programme.restore(backup)
        try await programme.sync(pia)
        try await programme.syncAll()
        #expect(mia.replica.identity.device == device)
        #expect(try programme.account(of: mia).made == made)
        #expect(try mia.replica.read { try $0.records(of: Schema.journalEntry) }.count == 4)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// A refusal makes the scope leave, and it comes back; what was refused after that had never left
    /// and does not come back with it.
    @Test func workThatIsRefusedWhileItComesBackCounts() async throws {
        try programme.cutPages(atBytes: Limits.pageBytesTarget)
        try await programme.syncAll(rounds: 1)
        try await endLatest()
        let task = try programme.addTask("refused", by: mia, for: pia)
        _ = try programme.hub.sync(
            mia.replica.syncRequest(now: programme.now(mia)).bytes, now: programme.hubTime)
        try programme.assign(mia, pia)
        try mia.replica.act("task edit", at: programme.now(mia)) { [pia] action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                to: .text("refused with it"))
        }
        try programme.cutPages(atBytes: 1)
        let made = try programme.changesNumbered(by: mia)
        while try fetchPage() { #expect(try programme.account(of: mia).made == made) }
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        #expect(try mia.replica.read { try $0.rejectedItems() }.count == 2)
    }
}
