import Foundation
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A batch that lies in two scopes, on which a hub decided that was set back before the author heard of
/// it. A reader of the one scope gives its part back; when the author sends the batch again, the hub
/// has to find the decision on the other part.
@Suite(.timeLimit(.minutes(10))) struct UnheardDecisionTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let paul: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        paul = try programme.join("Paul", as: .participant)
        try await programme.syncAll(rounds: 2)
    }

    private func bodies(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.read { reader in
            try reader.records(of: Schema.journalEntry)
                .compactMap { $0.text(Fields.JournalEntry.body) }.sorted()
        }
    }

    /// Lets Paul write something of his own, at a place that nobody gives back, and Pia see that the
    /// hub's order goes on to there.
    private func goOnToALostPlace() async throws {
        programme.pass(milliseconds: 3_600_000)
        try programme.writeEntry("Paul's own", by: paul)
        try await programme.sync(paul)
        try await programme.sync(pia)
        programme.pass(milliseconds: 3_600_000)
    }

    /// Sends what Pia has and loses the answer.
    private func sendUnheard() async throws {
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 0))
        }
    }

    /// What the author had seen last is somebody's own, and that laptop never comes back, so that the
    /// hub does not know when it had received it.
    @Test func placeThatTheAuthorHadSeenIsLost() async throws {
        try await goOnToALostPlace()
        _ = try programme.addTask("Read", by: pia, for: pia)
        try programme.writeEntry("private", by: pia)
        try await sendUnheard()
        try await programme.sync(mia)
        programme.lose(paul)
        try programme.wipeHub()
        try await programme.sync(mia)

        let report = try await programme.sync(pia)
        #expect(report.refusedBatches.isEmpty)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        #expect(try pia.replica.read { try $0.rejectedItems() }.isEmpty)
        #expect(try bodies(on: pia) == ["private"])
        #expect(try programme.titles(on: mia) == ["Read"])
    }

    /// Nothing tells of the decision on one half of a move: it is a rejected item, and stays one
    /// although the other half is in force.
    @Test func halfOfAMoveWhoseDecisionIsLostStaysARejectedItem() async throws {
        let entry = try pia.replica.act("journal write", at: programme.now(pia)) { [pia] action in
            try action.create(
                Schema.journalEntry, in: .own(pia.member),
                values: [
                    Fields.JournalEntry.body: .text("for both"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
        try await programme.sync(pia)
        try await goOnToALostPlace()
        _ = try programme.addTask("Read", by: pia, for: pia)
        try await sendUnheard()
        try pia.replica.act("journal share", at: programme.now(pia)) { [pia] action in
            try action.move(
                entry, Schema.journalEntry, from: .own(pia.member),
                to: .participant(pia.member))
        }
        try await sendUnheard()
        try await programme.sync(mia)
        programme.lose(paul)
        for _ in 0..<2 {
            try programme.wipeHub()
            try await programme.sync(mia)
            try await programme.sync(pia)
            let items = try pia.replica.read { try $0.rejectedItems() }
            #expect(items.map(\.record) == [entry])
            #expect(items.flatMap(\.changes).map(\.operation) == [.leave])
        }
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        #expect(try bodies(on: mia) == ["for both"])
    }

    /// Of two batches the hub gets the second one back from a reader and admits a third. The first one
    /// comes last, and its author hears what was decided on it.
    @Test func whatClosesAGapIsHeard() async throws {
        let task = try programme.addTask("Read", by: pia, for: pia)
        try await programme.syncAll(rounds: 2)
        try programme.erase(task, Schema.task, in: .participant(pia.member), by: pia)
        try await programme.sync(pia)
        let backup = try programme.backup()
        try programme.writeEntry("private", by: mia)
        _ = try mia.replica.syncRequest(now: programme.now(mia))
        _ = try programme.addTask("shared", by: mia, for: pia)
        // The first page tells of the erasure, and only that the batches have arrived.
        var report = SyncReport()
        #expect(try programme.exchange(mia, &report) == .paged(more: true, unsent: false))
        try await programme.sync(pia)
        try programme.restore(backup)
        try await programme.sync(pia)
        _ = try programme.addTask("third", by: mia, for: pia)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        #expect(try bodies(on: mia) == ["private"])
        #expect(try programme.titles(on: pia) == ["shared", "third"])
    }
}
