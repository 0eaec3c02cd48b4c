import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A laptop whose copy of a scope is not what the hub has, as a fault of its disk would leave it,
/// notices at the next sync and fetches the scope anew; its unsent work stays.
@Suite(.timeLimit(.minutes(10))) struct RepairTests {
    private let programme: Programme
    private let pia: Programme.Laptop
    private let scope: Scope

    init() async throws {
        programme = try Programme()
        pia = try programme.join("Pia", as: .participant)
        scope = .own(pia.member)
        try await programme.sync(pia)
        for text in ["one", "two", "three"] { try write(text) }
        try await programme.sync(pia)
    }

    private func write(_ text: String) throws {
        try pia.replica.act("journal write", at: programme.now(pia)) { [scope] action in
            _ = try action.create(
                Schema.journalEntry, in: scope,
                values: [
                    Fields.JournalEntry.body: .text(text),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
    }

    /// Loses all entries and what the scope's chain was.
    private func damage() throws {
        try pia.replica.writer.write { [scope] database in
            try database.execute(sql: "DELETE FROM journalEntry")
            try database.execute(
                sql: "UPDATE scope SET chain = randomblob(32) WHERE id = ?",
                arguments: [Data(scope.bytes)])
        }
    }

    private func bodies() throws -> Set<String> {
        try pia.replica.read { reader in
            Set(
                try reader.records(of: Schema.journalEntry)
                    .compactMap { $0.text(Fields.JournalEntry.body) })
        }
    }

    private func expectLevel() async throws {
        #expect(try bodies() == ["one", "two", "three", "four"])
        let wanted = try Standing.of(programme.hub)
            .restricted(to: try programme.readableScopes(of: pia.member))
        let standing = try Standing.of(pia)
        #expect(standing.scopes == wanted.scopes)
        #expect(standing.rows == wanted.rows)
        let faults = try pia.replica.examine().faults
        #expect(faults.isEmpty, "\(faults)")
        let account = try programme.account(of: pia)
        #expect(account.waiting == 0)
        #expect(account.made == (try programme.changesNumbered(by: pia)))
    }

    @Test func damagedScopeIsFetchedAnew() async throws {
        try damage()
        try write("four")
        try await programme.sync(pia)
        try await expectLevel()
    }

    /// The scope's hash is that of the hub, and what it stands for is gone: that shows when the hub
    /// has news of it.
    @Test(arguments: [true, false])
    func damageThatNoHashTellsIsMended(isOfTheLog: Bool) async throws {
        let second = try programme.joinAgain(pia)
        try await programme.sync(second)
        try await programme.sync(pia)
        let entry = try #require(
            try second.replica.read { try $0.records(of: Schema.journalEntry) }.first)
        try second.replica.act("journal edit", at: programme.now(second)) { [scope] action in
            try action.set(
                Fields.JournalEntry.title, of: entry.id, Schema.journalEntry, in: scope,
                to: .text("Title"))
        }
        try await programme.sync(second)
        try write("four")
        try await pia.replica.writer.write { [scope] database in
            try database.execute(sql: "DELETE FROM journalEntry")
            guard isOfTheLog else { return }
            try database.execute(
                sql: """
                    DELETE FROM section WHERE epoch IS NOT NULL
                        AND scope = (SELECT key FROM scope WHERE id = ?)
                    """, arguments: [Data(scope.bytes)])
        }
        try await programme.sync(pia)
        #expect(
            try pia.replica.read { try $0.record(entry.id, of: Schema.journalEntry) }?
                .text(Fields.JournalEntry.title) == "Title")
        try await expectLevel()
    }

    /// Of a scope that comes page by page a part is lost before the last page.
    @Test func scopeThatCatchesUpIsFetchedFromTheStart() async throws {
        try programme.cutPages(atBytes: 500)
        let second = try programme.joinAgain(pia)
        try second.replica.applyRedemption(
            programme.hub.redeem(second.replica.redemptionRequest(), now: programme.hubTime))
        var staged = 0
        while staged == 0 {
            var report = SyncReport()
            let event = try programme.exchange(second, &report)
            guard case .paged(more: true, _) = event else {
                Issue.record("\(event) before a part of the scope was here")
                return
            }
            staged = try await second.replica.writer.read { [scope] database in
                try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM section WHERE applied = 0
                            AND scope = (SELECT key FROM scope WHERE id = ?)
                        """, arguments: [Data(scope.bytes)]) ?? 0
            }
        }
        try await second.replica.writer.write { database in
            try database.execute(sql: "DELETE FROM section WHERE applied = 0")
        }
        try await programme.sync(second)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// What the laptop wrote comes back to it page by page, and is shown at once by it and by a program
    /// that makes the tables anew.
    @Test func tablesThatAreMadeAnewShowWhatHasComeBack() async throws {
        try write("four")
        try await programme.sync(pia)
        try programme.cutPages(atBytes: 500)
        try damage()
        try await pia.replica.writer.write { [scope] database in
            try database.execute(
                sql: """
                    DELETE FROM section WHERE epoch IS NOT NULL
                        AND scope = (SELECT key FROM scope WHERE id = ?)
                    """, arguments: [Data(scope.bytes)])
        }
        var shown: [Int] = []
        while shown.count < 10 {
            var report = SyncReport()
            let event = try programme.exchange(pia, &report)
            shown.append(try bodies().count)
            let before = try Standing.of(pia).rows
            try pia.replica.rebuild()
            #expect(try Standing.of(pia).rows == before)
            if event == .paged(more: false, unsent: false) { break }
        }
        #expect(Set(shown).isSuperset(of: [0, 3, 4]))
        try await expectLevel()
    }

    @Test func interruptedRepairHidesNoUnsentWork() async throws {
        try damage()
        try write("four")
        // The first answer says what differs; the one that brings it is lost.
        var road = Programme.Road()
        road.losesAnswer = 1
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: road)
        }
        #expect(try bodies().contains("four"))
        try await programme.sync(pia)
        try await expectLevel()
    }
}
