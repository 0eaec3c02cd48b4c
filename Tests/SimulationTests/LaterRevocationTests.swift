import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A mentor who loses one scope after another while a sync is cut off: the laptop has heard of the
/// first loss, stands at a place before both, and asks the hub again after the second.
@Suite(.timeLimit(.minutes(10))) struct LaterRevocationTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let paul: Programme.Laptop

    init() async throws {
        (programme, mia, (pia, paul)) = try await Programme.ofThree()
    }

    private func end(of laptop: Programme.Laptop) throws {
        let mentorship = try #require(
            try laptop.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
    }

    @Test func whatTheHubHasIsNotSentAgain() async throws {
        for laptop in [pia, paul] { _ = try programme.addTask("Read", by: mia, for: laptop) }
        try await programme.syncAll(rounds: 2)
        // Several pages lie before the losses.
        try programme.cutPages(atBytes: 500)
        try await programme.writePages(by: pia)
        try end(of: pia)
        var report = SyncReport()
        let event = try programme.exchange(mia, &report)
        #expect(event == .paged(more: true, unsent: false))
        #expect(report.departedScopes.contains(.participant(pia.member)))
        try end(of: paul)

        try await programme.sync(mia)
        let unsent = try await mia.replica.writer.read {
            try Int.fetchOne(
                $0, sql: "SELECT count(*) FROM section WHERE epoch IS NULL") ?? -1
        }
        #expect(unsent == 0)
        let items = try await mia.replica.writer.read { try StoreTransaction($0).rejectedItems() }
        #expect(items.isEmpty)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// A scope leaves while it is fetched anew, with work in it that the hub has admitted: that leaves
    /// with it, and is neither sent again nor taken for refused.
    @Test func whatTheHubHasLeavesWithItsScope() async throws {
        _ = try programme.addTask("Read", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let before = try programme.account(of: mia)
        let scope = Scope.participant(pia.member)
        try await mia.replica.writer.write { database in
            try database.execute(
                sql: "UPDATE scope SET chain = randomblob(32) WHERE id = ?",
                arguments: [Data(scope.bytes)])
        }
        var events: [SyncSession.Event] = []
        while events.count < 6, events.last != .paged(more: false, unsent: false) {
            var report = SyncReport()
            events.append(
                try programme.exchange(mia, &report))
            if events == [.repairing] { try end(of: pia) }
        }
        #expect(events == [.repairing, .paged(more: false, unsent: false)])
        #expect(try mia.replica.read { try $0.rejectedItems() }.isEmpty)
        let after = try programme.account(of: mia)
        #expect(after.made == before.made)
        #expect(after.rejected == 0)
        #expect(after.waiting == 0)
        #expect(try mia.replica.examine().faults.isEmpty)
    }
}
