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
