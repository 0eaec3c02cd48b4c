import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Erasures of which a hub that was set back does not know any more, and those that meet work of
/// somebody whom the record has left.
@Suite(.timeLimit(.minutes(10))) struct ForgottenErasureTests {
    private let programme: Programme
    private let ada: Programme.Laptop
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private static let canary = "Kanarienvogel4812"

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        ada = try programme.join("Ada", as: .admin)
        try await programme.syncAll(rounds: 2)
    }

    private func erase(_ task: RecordID, by laptop: Programme.Laptop) throws {
        try programme.erase(task, Schema.task, in: .participant(pia.member), by: laptop)
    }

    private func edit(_ task: RecordID, by laptop: Programme.Laptop) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                to: .text("\(Self.canary) anew"))
        }
    }

    private func expectNoTraces() throws {
        #expect(try programme.tracesOnTheHub(of: Self.canary) == [])
        for laptop in programme.laptops {
            #expect(try programme.traces(of: Self.canary, on: laptop) == [], "\(laptop.name)")
        }
        #expect(try programme.problems() == [])
    }

    /// Takes the first page after an erasure: what it took from which sections, and nothing else yet.
    private func hearWhatWasErased(_ laptop: Programme.Laptop) throws {
        var report = SyncReport()
        let event = try programme.exchange(laptop, &report)
        #expect(event == .paged(more: true, unsent: false))
        #expect(try programme.traces(of: Self.canary, on: laptop) == [])
    }

    /// The erasure itself is lost with the hub's disk, and with the laptop of whoever erased. What
    /// another laptop has heard of it is enough.
    @Test(arguments: [false, true]) func itGoesAgainByTheHubsWordAlone(isLost: Bool) async throws {
        let task = try programme.addTask("\(Self.canary) one", by: mia, for: pia)
        let other = try programme.addTask("Another", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        try erase(task, by: pia)
        if isLost {
            try await programme.sync(pia)
            programme.lose(pia)
            try hearWhatWasErased(mia)
        } else {
            try hearWhatWasErased(pia)
        }
        try programme.restore(backup)
        #expect(try programme.tracesOnTheHub(of: Self.canary) != [])
        for laptop in programme.laptops {
            try await programme.sync(laptop)
            #expect(try programme.titles(on: laptop).contains("Another"), "\(laptop.name)")
        }
        try await programme.syncAll()
        try expectNoTraces()
        // Nothing else has gone.
        #expect(try mia.replica.read { try $0.record(other, of: Schema.task) } != nil)
    }

    /// Somebody's work had gone by stick; of their own erasure they hear before their first page.
    @Test func itIsHeardOfBeforeTheFirstPage() async throws {
        let nia = try programme.join("Nia", as: .participant)
        let scope = Scope.contact(of: nia.member)
        try nia.replica.act("profile set", at: programme.now(nia)) { action in
            try action.set(
                Fields.Contact.phone, of: nia.member.recordID, Schema.contact, in: scope,
                to: .text(Self.canary))
        }
        let bundle = try nia.replica.bundleForHub(now: programme.now(nia)).bytes
        _ = try programme.hub.carry(bundle, now: programme.hubTime)
        let backup = try programme.backup()
        try programme.erase(nia.member.recordID, Schema.contact, in: scope, by: nia)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(nia, over: .init(losesAnswer: 0))
        }
        try hearWhatWasErased(nia)
        try programme.restore(backup)
        #expect(try programme.tracesOnTheHub(of: Self.canary) != [])
        try await programme.sync(nia)
        try await programme.syncAll()
        try expectNoTraces()
    }

    /// Whoever heard of the lost erasure hears first of another that came after it.
    @Test func itGoesAgainAlthoughMoreWasErasedMeanwhile() async throws {
        let task = try programme.addTask("\(Self.canary) one", by: mia, for: pia)
        let other = try programme.addTask("\(Self.canary) two", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        try erase(task, by: pia)
        try await programme.sync(pia)
        programme.lose(pia)
        var report = SyncReport()
        #expect(try programme.exchange(mia, &report) == .paged(more: true, unsent: false))
        try programme.restore(backup)
        try erase(other, by: ada)
        for laptop in [ada, mia, ada] { try await programme.sync(laptop) }
        try expectNoTraces()
    }

    /// The author of what was erased, who never heard the decision on it, is the last to know. The
    /// section itself may come back later, from somebody who has not heard.
    @Test(arguments: [false, true]) func itGoesAgainByTheWordOfWhoWaitsForADecision(
        isSectionLost: Bool
    ) async throws {
        let before = isSectionLost ? try programme.backup() : nil
        let task = try programme.addTask("\(Self.canary) one", by: mia, for: pia)
        let request = try mia.replica.syncRequest(now: programme.now(mia))
        _ = try programme.hub.sync(request.bytes, now: programme.hubTime)
        let backup = try before ?? programme.backup()
        for laptop in [pia, ada] { try await programme.sync(laptop) }
        try erase(task, by: ada)
        try await programme.sync(ada)
        programme.lose(ada)
        var report = SyncReport()
        _ = try programme.exchange(mia, &report)
        #expect(try programme.traces(of: Self.canary, on: mia) == [])
        try programme.restore(backup)
        #expect(try programme.exchange(mia, &report) == .lacking)
        let giving = try mia.replica.givingBackRequest(
            now: programme.now(mia), boot: 0, showsCertificate: false)
        _ = try mia.replica.applyGivingBack(
            programme.hub.sync(giving.bytes, now: programme.hubTime), to: giving, report: &report)
        for laptop in [pia, mia, pia] { try await programme.sync(laptop) }
        try expectNoTraces()
    }

    /// What stands at one place goes back together, also when a request is full.
    @Test func allThatWereErasedAtOnceGoAgain() async throws {
        let first = try programme.addTask("\(Self.canary) one", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let second = try programme.addTask("\(Self.canary) two", by: mia, for: pia)
        try await programme.sync(mia)
        try edit(first, by: mia)
        try await programme.syncAll(rounds: 2)
        for task in [first, second] { try erase(task, by: pia) }
        try await programme.sync(pia)
        try hearWhatWasErased(mia)
        #expect(try firstPart(by: mia)?.restatements.count == 3)
    }

    /// What a laptop gives back first if requests may hold next to nothing.
    private func firstPart(
        by laptop: Programme.Laptop
    ) throws -> StoreTransaction.PartToGiveBack? {
        let device = laptop.replica.identity.device
        return try laptop.replica.writer.read { database in
            let store = StoreTransaction(database)
            return try store.partToGiveBack(
                after: store.meta.position(), device: device, bytesTarget: 1)
        }
    }

    /// Whoever wrote into a record that has left them and was erased meanwhile, or is erased later:
    /// neither the hub nor they keep it.
    @Test(arguments: [false, true]) func whatWasRefusedForAnotherReasonGoesToo(
        isErasedLater: Bool
    ) async throws {
        let task = try programme.addTask("Read", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try edit(task, by: mia)
        if isErasedLater {
            try await programme.sync(mia)
            #expect(try mia.replica.read { try $0.rejectedItems() }.count == 1)
            #expect(try programme.tracesOnTheHub(of: Self.canary) != [])
        }
        try await programme.sync(pia)
        try erase(task, by: pia)
        try await programme.sync(pia)
        try await programme.syncAll(rounds: 2)
        #expect(try mia.replica.read { try $0.rejectedItems() }.count == 1)
        try expectNoTraces()
    }
}
