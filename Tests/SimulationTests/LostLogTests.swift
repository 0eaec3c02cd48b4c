import Foundation
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Laptops whose own log the hub has lost, in part or because another copy of the laptop was quicker.
@Suite(.timeLimit(.minutes(10))) struct LostLogTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 1)
    }

    private func add(_ title: String, on laptop: Programme.Laptop) throws -> RecordID {
        try programme.addTask(title, by: laptop, for: pia)
    }

    private func setDetails(
        _ details: String, of task: RecordID, on laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
            try action.set(
                Fields.Task.details, of: task, Schema.task, in: .participant(pia.member),
                to: .text(details))
        }
    }

    private func tasks(on laptop: Programme.Laptop) throws -> [String] {
        try laptop.replica.read { reader in
            try reader.records(of: Schema.task).map { task in
                [Fields.Task.title, Fields.Task.details].compactMap { task.text($0) }
                    .joined(separator: ": ")
            }.sorted()
        }
    }

    /// The hub had one copy's work, lost it, and has the other's under the same numbers by now.
    @Test(arguments: [true, false])
    func workOfACopyThatTheHubLostIsWrittenAnew(isRecoveryOver: Bool) async throws {
        _ = try add("before", on: pia)
        try await programme.sync(pia)
        let backup = try programme.backup()
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        let lost = try add("on the first", on: pia)
        try await programme.sync(pia)
        try setDetails("edited", of: lost, on: pia)
        try await programme.sync(pia)
        try programme.restore(backup)
        // Both copies gave one id to two records.
        #expect(try add("on the second", on: copy) == lost)
        try await programme.sync(copy)
        if isRecoveryOver { try programme.hub.endRecovery(now: programme.hubTime) }
        _ = try add("unsent on the first", on: pia)

        let report = try await programme.sync(pia)
        #expect(report.formerDevice != nil)
        if !isRecoveryOver { try programme.hub.endRecovery(now: programme.hubTime) }
        try await programme.syncAll()
        let all = ["before", "on the first: edited", "on the second", "unsent on the first"]
        for laptop in [pia, copy, mia] { #expect(try tasks(on: laptop) == all, "\(laptop.name)") }
        #expect(try pia.replica.read { try $0.rejectedItems() }.isEmpty)
        #expect(try programme.account(of: pia).waiting == 0)
        for laptop in [pia, copy, mia] {
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
        }
        #expect(try programme.hub.verify().fault == nil)
    }

    /// A copy gave the id of an entry to something else, and learns that the entry is in conflict.
    @Test func conflictAboutARecordIsNotTakenForAnothersOfItsID() async throws {
        let second = try programme.joinAgain(pia)
        try await programme.sync(second)
        try await programme.sync(pia)
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        try programme.writeEntry("of the first", by: pia)
        let entry = try #require(
            try pia.replica.read { try $0.records(of: Schema.journalEntry) }.first?.id)
        let from = programme.hubTime.milliseconds + 3_600_000
        let request = try copy.replica.act("ask", at: programme.now(copy)) { action in
            try action.create(
                Schema.openRequest, in: .own(copy.member),
                values: [
                    Fields.OpenRequest.topic: .text("of the copy"),
                    Fields.OpenRequest.from: .integer(from),
                    Fields.OpenRequest.until: .integer(from + 3_600_000),
                ])
        }
        #expect(request == entry)
        for laptop in [pia, second] { try await programme.sync(laptop) }
        try second.replica.act("journal delete", at: programme.now(second)) { action in
            action.delete(entry, Schema.journalEntry, in: .own(second.member))
        }
        try pia.replica.act("journal edit", at: programme.now(pia)) { action in
            try action.set(
                Fields.JournalEntry.date, of: entry, Schema.journalEntry, in: .own(pia.member),
                to: .text("1666-09-03"))
        }
        for laptop in [pia, second] { try await programme.sync(laptop) }
        #expect(try await programme.sync(copy).formerDevice != nil)
        try await programme.syncAll()
        for laptop in [pia, second, copy] {
            #expect(try laptop.replica.read { try $0.openConflictCount() } == 1, "\(laptop.name)")
        }
        let problems = try programme.problems().filter { !$0.hasPrefix("copy: made") }
        #expect(problems.isEmpty, "\(problems)")
    }

    /// What a laptop has not sent yet continues what the hub has lost a second time.
    @Test func laptopThatBeginsAnewAtAHubWipedOnceMoreIsNoCopy() async throws {
        _ = try add("sent", on: pia)
        try await programme.sync(pia)
        try programme.wipeHub()
        // It gives back what it has and hears no more.
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 3))
        }
        try programme.wipeHub()
        _ = try add("unsent", on: pia)
        let report = try await programme.sync(pia)
        #expect(report.formerDevice == nil)
        try await programme.sync(mia)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        for laptop in [pia, mia] { #expect(try tasks(on: laptop) == ["sent", "unsent"]) }
    }
}
