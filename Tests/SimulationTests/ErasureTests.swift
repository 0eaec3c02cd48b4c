import Cryptography
import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// What was erased is nowhere any more: not in tables, not in the log, not in free pages, the search
/// index or the WAL, on the hub and on every laptop that has synced; and all that else stood there
/// is as it was, and can still be checked.
@Suite(.timeLimit(.minutes(10))) struct ErasureTests {
    private let programme: Programme
    private let ada: Programme.Laptop
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let scope: Scope
    private static let canary = "Kanarienvogel7319"

    init() async throws {
        programme = try Programme()
        ada = try programme.join("Ada", as: .admin)
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        scope = .participant(pia.member)
        for laptop in [ada, mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try await programme.syncAll(rounds: 1)
    }

    // MARK: What people do

    private func addTask(_ title: String, by laptop: Programme.Laptop) throws -> RecordID {
        try laptop.replica.act("task add", at: programme.now(laptop)) { [scope] action in
            try action.create(
                Schema.task, in: scope,
                values: [
                    Fields.Task.title: .text(title),
                    Fields.Task.details: .text("All about \(title)"),
                    Fields.Task.status: .integer(1), Fields.Task.due: .integer(1_900_000_000_000),
                ])
        }
    }

    private func setTitle(
        _ title: String, of task: RecordID, by laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { [scope] action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: scope, to: .text(title))
            // A text, with its history.
            try action.set(
                Fields.Task.details, of: task, Schema.task, in: scope,
                to: .text("All about \(title), and about \(laptop.name)"))
        }
    }

    private func erase(
        _ record: RecordID, _ entity: Entity, in scope: Scope, by laptop: Programme.Laptop
    ) throws {
        try programme.erase(record, entity, in: scope, by: laptop)
    }

    private func eraseTask(_ task: RecordID, by laptop: Programme.Laptop) throws {
        try erase(task, Schema.task, in: scope, by: laptop)
    }

    private func title(of task: RecordID, on laptop: Programme.Laptop) throws -> String? {
        try laptop.replica.read { try $0.record(task, of: Schema.task)?.text(Fields.Task.title) }
    }

    // MARK: Where to look

    private func traces(on laptop: Programme.Laptop) throws -> [String] {
        try programme.traces(of: Self.canary, on: laptop)
    }

    private func tracesOnTheHub() throws -> [String] {
        try programme.tracesOnTheHub(of: Self.canary)
    }

    private func expectAllIsWell(everybodyIsLevel: Bool = true) throws {
        if everybodyIsLevel { #expect(try programme.problems() == []) }
        #expect(try programme.hub.verify().fault == nil)
        for laptop in programme.laptops {
            #expect(try laptop.replica.examine().faults == [], "\(laptop.name)")
        }
    }

    // MARK: Tests

    @Test func whatWasErasedIsNowhere() async throws {
        let task = try addTask("\(Self.canary) one", by: pia)
        let other = try addTask("Something else", by: pia)
        try await programme.syncAll(rounds: 2)
        try setTitle("\(Self.canary) two", of: task, by: mia)
        try setTitle("Something better", of: other, by: mia)
        try await programme.syncAll(rounds: 2)
        try setTitle("\(Self.canary) three", of: task, by: pia)
        try await programme.syncAll(rounds: 2)
        for laptop in programme.laptops { #expect(try !traces(on: laptop).isEmpty) }
        #expect(try !tracesOnTheHub().isEmpty)

        try eraseTask(task, by: pia)
        #expect(try title(of: task, on: pia) == nil)
        try await programme.sync(pia)
        #expect(try traces(on: pia) == [])
        #expect(try tracesOnTheHub() == [])
        try expectAllIsWell(everybodyIsLevel: false)

        #expect(try !traces(on: mia).isEmpty)
        try await programme.sync(mia)
        #expect(try traces(on: mia) == [])
        try await programme.syncAll(rounds: 1)
        #expect(try traces(on: ada) == [])
        #expect(try title(of: task, on: mia) == nil)
        #expect(try title(of: other, on: mia) == "Something better")
        try expectAllIsWell()

        // Who comes later gets what is left, and can check it.
        let late = try programme.joinAgain(mia)
        try await programme.syncAll(rounds: 2)
        #expect(try traces(on: late) == [])
        #expect(try title(of: other, on: late) == "Something better")
        try expectAllIsWell()
    }

    /// The history says that something was written, by whom and when, and not what.
    @Test func theHistoryKeepsWhoAndWhen() async throws {
        let task = try addTask("\(Self.canary) one", by: pia)
        try await programme.syncAll(rounds: 2)
        try setTitle("\(Self.canary) two", of: task, by: mia)
        try await programme.syncAll(rounds: 2)
        try eraseTask(task, by: ada)
        try await programme.syncAll(rounds: 2)
        let history = try mia.replica.read { try $0.history(of: task) }
        let titles = history.filter { $0.field == Fields.Task.title }
        #expect(titles.count == 2)
        #expect(titles.allSatisfy { $0.operation == .erased && $0.before == .null })
        #expect(history.contains { $0.operation == .erase })
        let account = try programme.account(of: mia)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
    }

    @Test func editsThatDidNotKnowOfItAreRefusedAndLeaveNothing() async throws {
        let task = try addTask("Read", by: pia)
        try await programme.syncAll(rounds: 2)
        try setTitle("\(Self.canary) late", of: task, by: mia)
        try eraseTask(task, by: pia)
        try await programme.sync(pia)
        let report = try await programme.sync(mia)
        #expect(report.rejected.count == 1)
        let item = try #require(try mia.replica.read { try $0.rejectedItems() }.first)
        #expect(item.reason == .erased)
        #expect(item.changes.map(\.operation) == [.erased, .erased])
        #expect(try traces(on: mia) == [])
        #expect(try tracesOnTheHub() == [])
        try await programme.syncAll(rounds: 1)
        try expectAllIsWell()
        let account = try programme.account(of: mia)
        #expect(account.made == (try programme.changesNumbered(by: mia)))
        #expect(account.rejected == 2)
    }

    /// A profile is erased and written anew: who knows of the erasure may write.
    @Test func whoKnowsOfItMayWriteAgain() async throws {
        func setBio(_ text: String) throws {
            try pia.replica.act("profile set", at: programme.now(pia)) { [pia] action in
                try action.set(
                    Fields.Profile.bio, of: pia.member.recordID, Schema.profile, in: .programme,
                    to: .text(text))
            }
        }
        func bio(on laptop: Programme.Laptop) throws -> String? {
            try laptop.replica.read { [pia] in
                try $0.record(pia.member.recordID, of: Schema.profile)?.text(Fields.Profile.bio)
            }
        }
        try setBio("\(Self.canary) is my name")
        try await programme.syncAll(rounds: 2)
        #expect(try bio(on: mia) == "\(Self.canary) is my name")
        try erase(pia.member.recordID, Schema.profile, in: .programme, by: pia)
        // In the same breath, in one batch with the erasure.
        try setBio("A new beginning")
        try await programme.syncAll(rounds: 2)
        #expect(try bio(on: mia) == "A new beginning")
        try setBio("And on")
        try await programme.syncAll(rounds: 2)
        #expect(try bio(on: mia) == "And on")
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        #expect(try tracesOnTheHub() == [])
        try expectAllIsWell()
    }

    /// A shared entry also lies in its author's own scope, where no admin reads.
    @Test func theHubErasesItInAllScopes() async throws {
        let entry = try pia.replica.act("journal write", at: programme.now(pia)) { [pia] action in
            try action.create(
                Schema.journalEntry, in: .own(pia.member),
                values: [
                    Fields.JournalEntry.body: .text("\(Self.canary) at dawn"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ],
                elements: [Fields.JournalEntry.tags: [.text(Self.canary)]])
        }
        try await programme.syncAll(rounds: 1)
        try share(entry, by: pia)
        try await programme.syncAll(rounds: 2)
        #expect(try !traces(on: mia).isEmpty)
        try erase(entry, Schema.journalEntry, in: scope, by: ada)
        try await programme.sync(ada)
        #expect(try tracesOnTheHub() == [])
        try await programme.syncAll(rounds: 1)
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        try expectAllIsWell()
    }

    private func writeEntry(by laptop: Programme.Laptop) throws -> RecordID {
        try laptop.replica.act("journal write", at: programme.now(laptop)) { action in
            try action.create(
                Schema.journalEntry, in: .own(laptop.member),
                values: [
                    Fields.JournalEntry.body: .text("\(Self.canary) at dawn"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ])
        }
    }

    private func rewrite(
        _ entry: RecordID, _ text: String, by laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("journal edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.JournalEntry.body, of: entry, Schema.journalEntry,
                in: .own(laptop.member), to: .text(text))
        }
    }

    /// The entry lives on, empty.
    private func eraseText(of entry: RecordID, by laptop: Programme.Laptop) throws {
        try laptop.replica.act("erase", at: programme.now(laptop), isUndoable: false) { action in
            try action.erase(entry, Schema.journalEntry, in: .own(laptop.member))
        }
    }

    private func share(_ entry: RecordID, by laptop: Programme.Laptop) throws {
        try laptop.replica.act("journal share", at: programme.now(laptop)) { [scope] action in
            try action.move(
                entry, Schema.journalEntry, from: .own(laptop.member), to: scope)
        }
    }

    /// Shared on one laptop while it is erased on another, where it is private still.
    @Test func theHubErasesItWhereItWasMovedMeanwhile() async throws {
        let second = try programme.joinAgain(pia)
        let entry = try writeEntry(by: pia)
        try await programme.syncAll(rounds: 2)
        try share(entry, by: second)
        try erase(entry, Schema.journalEntry, in: .own(pia.member), by: pia)
        try await programme.sync(pia)
        try await programme.sync(second)
        #expect(try tracesOnTheHub() == [])
        try await programme.syncAll(rounds: 1)
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        try expectAllIsWell()
    }

    /// The laptop that shares it had it erased once, too, and has not heard that it was again.
    @Test func theHubErasesItWhereItWasMovedByOneWhoErasedItBefore() async throws {
        let second = try programme.joinAgain(pia)
        let entry = try writeEntry(by: pia)
        try await programme.syncAll(rounds: 2)
        try eraseText(of: entry, by: pia)
        try rewrite(entry, "\(Self.canary) again", by: pia)
        for laptop in [pia, second] { try await programme.sync(laptop) }
        try eraseText(of: entry, by: second)
        try await programme.sync(second)
        try share(entry, by: pia)
        try await programme.sync(pia)
        #expect(try tracesOnTheHub() == [])
        try await programme.syncAll(rounds: 2)
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        try expectAllIsWell()
    }

    /// Whoever has heard of it by a bundle writes anew, and that may be shared, whoever syncs first.
    @Test(arguments: [false, true]) func whatIsWrittenAfterHearingOfItByBundleIsShown(
        syncsFirst: Bool
    ) async throws {
        let second = try programme.joinAgain(pia)
        let entry = try writeEntry(by: pia)
        try await programme.syncAll(rounds: 2)
        try eraseText(of: entry, by: pia)
        let bundle = try pia.replica.bundle(for: pia.member, now: programme.now(pia))
        #expect(try await second.replica.readBundle(bundle.bytes).changes == 1)
        try rewrite(entry, "A new beginning", by: second)
        try share(entry, by: second)
        #expect(try texts(on: second) == ["A new beginning"])
        for laptop in syncsFirst ? [second, pia] : [pia, second] {
            try await programme.sync(laptop)
            #expect(try texts(on: second) == ["A new beginning"])
        }
        try await programme.syncAll(rounds: 2)
        #expect(try texts(on: mia) == ["A new beginning"])
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        try expectAllIsWell()
    }

    /// Another laptop hears by bundle what the hub has decided on both.
    @Test func whatTheHubHasOfItIsShownByBundle() async throws {
        let second = try programme.joinAgain(pia)
        let third = try programme.joinAgain(pia, named: "Pia3")
        let entry = try writeEntry(by: pia)
        try await programme.syncAll(rounds: 2)
        try eraseText(of: entry, by: pia)
        for laptop in [pia, second] { try await programme.sync(laptop) }
        try rewrite(entry, "A new beginning", by: second)
        for _ in 0..<2 { try await programme.sync(second) }
        let bundle = try second.replica.bundle(for: pia.member, now: programme.now(second))
        #expect(try await third.replica.readBundle(bundle.bytes).changes > 1)
        #expect(try texts(on: third) == ["A new beginning"])
    }

    private func texts(on laptop: Programme.Laptop) throws -> [String?] {
        try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
            .map { $0.text(Fields.JournalEntry.body) }
    }

    /// The first page says what was erased, and not yet what was decided.
    @Test func tablesAreThoseOfTheLogBeforeTheDecision() throws {
        let entry = try writeEntry(by: pia)
        try eraseText(of: entry, by: pia)
        var report = SyncReport()
        #expect(try programme.exchange(pia, &report) == .paged(more: true, unsent: false))
        #expect(try traces(on: pia) == [])
        #expect(try pia.replica.examine().faults == [])
    }

    @Test func othersMayNot() throws {
        let task = try addTask("Read", by: pia)
        #expect(throws: ReplicaError.self) { try eraseTask(task, by: mia) }
    }

    /// Each request's answer may be lost; the device asks again and ends up where it should be.
    @Test(arguments: 0..<4) func anAnswerThatIsLostChangesNothing(_ lost: Int) async throws {
        let task = try addTask("\(Self.canary) one", by: pia)
        try await programme.syncAll(rounds: 2)
        try setTitle("\(Self.canary) two", of: task, by: mia)
        try await programme.syncAll(rounds: 2)
        try eraseTask(task, by: pia)
        try await programme.sync(pia)
        _ = try addTask("Meanwhile", by: mia)
        var road = Programme.Road()
        road.losesAnswer = lost
        road.doublesRequests = true
        _ = try? await programme.sync(mia, over: road)
        try await programme.sync(mia)
        #expect(try traces(on: mia) == [])
        try await programme.syncAll(rounds: 1)
        try expectAllIsWell()
    }

    /// A backup still has it. Once a laptop gives the erasure back, it goes again.
    @Test func aRestoredHubErasesItAgain() async throws {
        let task = try addTask("\(Self.canary) one", by: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        try setTitle("\(Self.canary) two", of: task, by: mia)
        try await programme.syncAll(rounds: 2)
        try eraseTask(task, by: pia)
        try await programme.syncAll(rounds: 2)
        try programme.restore(backup)
        #expect(try !tracesOnTheHub().isEmpty)
        try await programme.syncAll()
        #expect(try tracesOnTheHub() == [])
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        try expectAllIsWell()
    }

    /// Two erasures in sections that they share.
    @Test func oneAfterTheOther() async throws {
        let first = try addTask("\(Self.canary) one", by: pia)
        let second = try addTask("\(Self.canary) two", by: pia)
        try await programme.syncAll(rounds: 2)
        try eraseTask(first, by: pia)
        try await programme.syncAll(rounds: 1)
        #expect(try title(of: second, on: mia) == "\(Self.canary) two")
        try eraseTask(second, by: pia)
        try await programme.sync(pia)
        try await programme.sync(ada)
        // Mia hears of both at once, and of new work.
        _ = try addTask("Three", by: pia)
        try await programme.syncAll(rounds: 2)
        for laptop in programme.laptops { #expect(try traces(on: laptop) == []) }
        #expect(try tracesOnTheHub() == [])
        try expectAllIsWell()
    }
}
