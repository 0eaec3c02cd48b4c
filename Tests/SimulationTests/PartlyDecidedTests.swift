import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Batches that a laptop wrote under a former key, and of which it has heard what became of one part
/// and not of another.
@Suite(.timeLimit(.minutes(10))) struct PartlyDecidedTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        for laptop in [mia, pia] { try await programme.sync(laptop) }
    }

    private func entries(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.read { reader in
            try reader.records(of: Schema.journalEntry)
                .compactMap { $0.text(Fields.JournalEntry.body) }.sorted()
        }
    }

    private func position(of laptop: Programme.Laptop) throws -> Position {
        try laptop.replica.writer.read { try Meta($0).position() }
    }

    private func moveTo(_ place: String, _ laptop: Programme.Laptop) throws {
        try laptop.replica.act("profile set", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Profile.location, of: laptop.member.recordID, Schema.profile,
                in: .programme, to: .text(place))
        }
    }

    /// Sends one request and takes in its answer.
    @discardableResult
    private func exchange(
        _ laptop: Programme.Laptop, losesAnswer: Bool = false, challenge: [UInt8] = []
    ) throws -> SyncSession.Event? {
        let now = programme.now(laptop)
        let request = try laptop.replica.syncRequest(challenge: challenge, now: now)
        let answer = try programme.hub.sync(request.bytes, now: programme.hubTime)
        guard !losesAnswer else { return nil }
        var report = SyncReport()
        let event = try laptop.replica.apply(answer, to: request, report: &report)
        guard case .challenged(let challenge) = event else { return event }
        return try exchange(laptop, challenge: challenge)
    }

    /// What becomes of a task that a mentor gave somebody at the end of a mentorship.
    enum Fate { case refused, refusedAndRegained, admitted }

    /// A mentor's batch has a slot and a task; the mentorship ends, and the scope of the task leaves
    /// the laptop before it hears of the batch. Then it goes on under another key.
    @Test(arguments: [Fate.refused, .refusedAndRegained, .admitted])
    func workOfALostScopeIsDecidedUnderANewKey(fate: Fate) async throws {
        let mentorship = try #require(
            try mia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        _ = try programme.addTask("before", by: pia, for: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        for place in ["Here", "There", "Elsewhere"] {
            try moveTo(place, pia)
            try await programme.sync(pia)
        }
        _ = try programme.addTask("Read", by: mia, for: pia)
        try programme.addSlot(inHours: 5, by: mia)
        if fate == .admitted { try exchange(mia, losesAnswer: true) }
        try programme.end(mentorship)
        let end = try programme.hub.status().position
        try programme.cutPages(atBytes: 1)
        // A page tells of what is lost before it brings what was before.
        repeat {
            #expect(try exchange(mia) == .paged(more: true, unsent: false))
        } while try fate != .admitted && position(of: mia) < end
        #expect(try programme.titles(on: mia).isEmpty)
        try programme.backUp(mia, to: "copy")
        try programme.cutPages(atBytes: Limits.pageBytesTarget)
        if fate == .refusedAndRegained { try programme.assign(mia, pia) }
        try await programme.sync(mia)
        try moveTo("Home", mia)
        try await programme.sync(mia)

        let copy = try programme.start("copy", like: mia)
        try moveTo("Abroad", copy)
        let report = try await programme.sync(copy)
        #expect(report.formerDevice == mia.replica.identity.device)
        try await programme.syncAll()
        let problems = try programme.problems().filter { !$0.hasPrefix("copy: made") }
        #expect(problems.isEmpty, "\(problems)")
        let items = try copy.replica.read { try $0.rejectedItems() }
        #expect(items.count == (fate == .admitted ? 0 : 1))
        #expect(
            try programme.titles(on: pia) == (fate == .admitted ? ["Read", "before"] : ["before"]))
    }

    /// A reader has given back to the hub what it could of a batch, and one of two copies of its
    /// author's laptop has heard that; the other one brings the rest.
    @Test func workThatCameBackInPartIsNotWrittenTwice() async throws {
        let backup = try programme.backup()
        _ = try programme.addTask("Read", by: pia, for: pia)
        try programme.writeEntry("private", by: pia)
        try await programme.sync(pia)
        try await programme.sync(mia)
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        // Its sync broke off when it had given back everything to a hub that was set back.
        try programme.dropAdmitted(on: copy)
        try programme.restore(backup)
        try await programme.sync(mia)
        var event: SyncSession.Event?
        repeat { event = try exchange(copy) } while event == .paged(more: true, unsent: false)
        #expect(event == .paged(more: false, unsent: true))
        try programme.writeEntry("of the first", by: pia)
        try await programme.sync(pia)
        try programme.writeEntry("of the copy", by: copy)

        let report = try await programme.sync(copy)
        #expect(report.formerDevice == pia.replica.identity.device)
        try await programme.syncAll()
        let problems = try programme.problems().filter { !$0.hasPrefix("copy: made") }
        #expect(problems.isEmpty, "\(problems)")
        for laptop in [pia, copy] {
            #expect(try programme.titles(on: laptop) == ["Read"])
            #expect(try entries(on: laptop) == ["of the copy", "of the first", "private"])
        }
    }

    /// One copy lost the task with its scope, the hub lost everything, and gets back the rest of the
    /// batch. The other copy, which goes on under another key, is the only one to have the task.
    @Test func partThatOnlyAFormerKeyHasIsWrittenAnew() async throws {
        try programme.writeEntry("sent with it", by: mia)
        _ = try programme.addTask("only the copy has it", by: mia, for: pia)
        try exchange(mia, losesAnswer: true)
        try programme.backUp(mia, to: "copy")
        try programme.writeEntry("on the first", by: mia)
        try programme.end(
            #require(try mia.replica.read { try $0.records(of: Schema.mentorship) }.first))
        try await programme.sync(mia)
        #expect(try programme.titles(on: mia).isEmpty)
        let copy = try programme.start("copy", like: mia)
        try programme.writeEntry("on the second", by: copy)
        #expect(try exchange(copy) == .forked)

        try programme.wipeHub()
        try await programme.syncAll(rounds: 2)
        // Somebody may still bring it.
        #expect(try programme.titles(on: copy) == ["only the copy has it"])
        #expect(try programme.titles(on: pia).isEmpty)
        try programme.hub.endRecovery(now: programme.hubTime)
        try programme.assign(mia, pia)
        try await programme.syncAll()
        for laptop in [mia, pia, copy] {
            #expect(try programme.titles(on: laptop) == ["only the copy has it"], "\(laptop.name)")
        }
        #expect(
            try entries(on: copy) == ["on the first", "on the second", "sent with it"])
        // Its account has what it wrote under the former key, too.
        let problems = try programme.problems().filter { !$0.hasPrefix("copy: made") }
        #expect(problems.isEmpty, "\(problems)")
    }

    /// The hub says page by page what it decided, and the backup is from the midst of that.
    @Test func restoredLaptopThatWaitsForDecisionsDoesNotAskForEver() async throws {
        _ = try programme.addTask("first", by: pia, for: pia)
        try await programme.sync(pia)
        for number in 1...4 {
            _ = try programme.addTask("by the mentor \(number)", by: mia, for: pia)
            try await programme.sync(mia)
        }
        try programme.cutPages(atBytes: 1)
        _ = try programme.addTask("received", by: pia, for: pia)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 1))
        }
        _ = try programme.addTask("unsent in the backup", by: pia, for: pia)
        _ = try pia.replica.syncRequest(now: programme.now(pia))
        try programme.backUp(pia, to: "backup")
        _ = try programme.addTask("on the lost disk", by: pia, for: pia)
        try await programme.sync(pia)
        programme.lose(pia)
        let restored = try programme.start("backup", like: pia)
        _ = try programme.addTask("after", by: restored, for: pia)
        let report = try await programme.sync(restored)
        #expect(report.formerDevice == pia.replica.identity.device)
        try await programme.sync(mia)
        #expect(
            try programme.titles(on: restored).filter { !$0.hasPrefix("by") } == [
                "after", "first", "on the lost disk", "received", "unsent in the backup",
            ])
        let problems = try programme.problems().filter { !$0.hasPrefix("backup: made") }
        #expect(problems.isEmpty, "\(problems)")
    }
}
