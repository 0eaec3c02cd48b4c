import Foundation
import GRDB
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Laptops that were restored from a backup, and laptops of which there are two.
@Suite(.timeLimit(.minutes(10))) struct RekeyingTests {
    let programme: Programme
    let mia: Programme.Laptop
    let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        for laptop in [mia, pia] { try await programme.sync(laptop) }
    }

    func add(_ title: String, on laptop: Programme.Laptop) throws -> RecordID {
        try programme.addTask(title, by: laptop, for: pia)
    }

    @Test func restoredLaptopGoesOnAsANewDeviceAndLosesNothing() async throws {
        _ = try add("before", on: pia)
        try await programme.sync(pia)
        try programme.backUp(pia, to: "backup")
        let lost = try add("on the lost disk", on: pia)
        try await programme.sync(pia)
        programme.lose(pia)
        let restored = try programme.start("backup", like: pia)
        let written = try add("after", on: restored)
        // The two laptops gave one id to two records.
        #expect(written == lost)

        let report = try await programme.sync(restored)
        #expect(report.formerDevice == pia.replica.identity.device)
        #expect(report.renamedRecords == 1)
        #expect(restored.replica.identity.device != pia.replica.identity.device)
        try await programme.sync(mia)
        let all = ["after", "before", "on the lost disk"]
        #expect(try programme.titles(on: restored) == all)
        #expect(try programme.titles(on: mia) == all)
        try programme.expectSound(restored, mia)
        // The next sync is an ordinary one.
        #expect(try await programme.sync(restored).formerDevice == nil)
    }

    @Test func restoredLaptopThatWroteNothingFetchesWhatItSentBefore() async throws {
        try programme.backUp(pia, to: "backup")
        _ = try add("on the lost disk", on: pia)
        try await programme.sync(pia)
        programme.lose(pia)
        let restored = try programme.start("backup", like: pia)
        try await programme.sync(restored)
        #expect(try programme.titles(on: restored) == ["on the lost disk"])
        try programme.expectSound(restored)
    }

    /// The hub has what both copies wrote under one key, but does not know its schema yet, and its
    /// scope leaves and comes back meanwhile.
    @Test func whatWaitsAtTheHubStaysWithTheFormerKey() async throws {
        _ = try add("waits", on: pia)
        try LaterSchema.$current.withValue(LaterVersion.schema) {
            try pia.replica.write { try $0.sealPending($1) }
        }
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        try programme.hub.suspend(pia.member, now: programme.hubTime)
        try programme.hub.reinstate(pia.member, now: programme.hubTime)
        _ = try add("on the first", on: pia)
        _ = try add("on the second", on: copy)
        try await LaterSchema.$current.withValue(LaterVersion.schema) {
            for laptop in [pia, copy] { try await programme.sync(laptop) }
        }
        #expect(copy.replica.identity.device != pia.replica.identity.device)
        // What the hub has of the former key is not only what it has decided on.
        let identity = copy.replica.identity
        let former = try await copy.replica.writer.read {
            try StoreTransaction($0).ownDevices(identity)
        }
        let waiting = try programme.hub.database.read {
            try $0.lastParked(of: pia.replica.identity.device)?.sequence
        }
        #expect(waiting != nil)
        #expect(former.last?.lastSequence == waiting)
        try LaterSchema.$current.withValue(LaterVersion.schema) {
            _ = try programme.hub.admitParked(now: programme.hubTime)
        }
        for laptop in [pia, copy, mia] { try await programme.sync(laptop) }
        let all = ["on the first", "on the second", "waits"]
        for laptop in [pia, copy, mia] {
            #expect(try programme.titles(on: laptop) == all)
            #expect(try laptop.replica.read { try $0.rejectedItems() }.isEmpty)
        }
        try programme.expectSound(pia, copy, mia)
    }

    @Test func bothCopiesOfALaptopGoOn() async throws {
        _ = try add("before", on: pia)
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        _ = try add("on the first", on: pia)
        _ = try add("on the second", on: copy)
        try await programme.sync(pia)
        try await programme.sync(copy)
        _ = try add("later on the first", on: pia)
        _ = try add("later on the second", on: copy)
        for laptop in [pia, copy, pia, mia] { try await programme.sync(laptop) }
        let all = [
            "before", "later on the first", "later on the second", "on the first", "on the second",
        ]
        for laptop in [pia, copy, mia] { #expect(try programme.titles(on: laptop) == all) }
        #expect(copy.replica.identity.device != pia.replica.identity.device)
        try programme.expectSound(pia, copy, mia)
    }

    /// What the backup held unsent was sent before the disk was lost; the laptop works on with it.
    @Test func workThatWasSentBeforeIsNotWrittenTwice() async throws {
        let task = try add("unsent in the backup", on: pia)
        try programme.backUp(pia, to: "backup")
        try await programme.sync(pia)
        programme.lose(pia)
        let restored = try programme.start("backup", like: pia)
        try restored.replica.act("task edit", at: programme.now(restored)) { action in
            try action.set(
                Fields.Task.details, of: task, Schema.task, in: .participant(pia.member),
                to: .text("written after"))
        }
        let report = try await programme.sync(restored)
        #expect(report.renamedRecords == 0)
        let tasks = try restored.replica.read { try $0.records(of: Schema.task) }
        #expect(tasks.map(\.id) == [task])
        #expect(tasks.first?.text(Fields.Task.details) == "written after")
        try await programme.sync(mia)
        try programme.expectSound(restored, mia)
    }

    @Test func referencesFollowTheirRecords() async throws {
        try programme.backUp(mia, to: "backup")
        _ = try add("on the lost disk", on: mia)
        try await programme.sync(mia)
        programme.lose(mia)
        let restored = try programme.start("backup", like: mia)
        let task = try add("after", on: restored)
        try restored.replica.act("feedback on", at: programme.now(restored)) { action in
            _ = try action.create(
                Schema.taskFeedback, in: .participant(pia.member),
                values: [
                    Fields.TaskFeedback.task: .reference(task),
                    Fields.TaskFeedback.comment: .text("well done"),
                ])
        }
        try await programme.sync(restored)
        try await programme.sync(pia)
        let (feedback, tasks) = try pia.replica.read { reader in
            (
                try reader.records(of: Schema.taskFeedback), try reader.records(of: Schema.task)
            )
        }
        let about = try #require(feedback.first?.reference(Fields.TaskFeedback.task))
        let title = tasks.first { $0.id == about }?.text(Fields.Task.title)
        #expect(title == "after")
        try programme.expectSound(restored, pia)
    }

    /// An edit that had not seen somebody else's must not overwrite it by being written anew.
    @Test func whatTheAuthorHadSeenStaysAsItWas() async throws {
        let task = try add("shared", on: pia)
        for laptop in [pia, mia] { try await programme.sync(laptop) }
        try programme.backUp(mia, to: "backup")
        _ = try add("on the lost disk", on: mia)
        try await programme.sync(mia)
        programme.lose(mia)
        let restored = try programme.start("backup", like: mia)
        for (laptop, text) in [(restored, "hers"), (pia, "his")] {
            try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
                try action.set(
                    Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                    to: .text(text))
            }
        }
        try await programme.sync(pia)
        try await programme.sync(restored)
        let conflicts = try restored.replica.read { try $0.openConflictCount() }
        #expect(conflicts == 1)
        try await programme.sync(pia)
        try programme.expectSound(restored, pia)
    }

    /// A batch that the hub took in and refused in part, of which the laptop never heard.
    @Test func decisionsOnTheFormerDevicesBatchesArrive() async throws {
        let task = try add("reviewed", on: mia)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        func change(_ field: FieldID, to value: Value, on laptop: Programme.Laptop) throws {
            try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
                try action.set(
                    field, of: task, Schema.task, in: .participant(pia.member), to: value)
            }
        }
        try change(Fields.Task.review, to: .boolean(true), on: mia)
        try await programme.sync(mia)
        // Pia's laptop does not know that Mia wants to review the task.
        try change(Fields.Task.status, to: .integer(TaskStatus.done.rawValue), on: pia)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 0))
        }
        try programme.backUp(pia, to: "backup")
        try await programme.sync(pia)
        _ = try add("on the lost disk", on: pia)
        try await programme.sync(pia)
        programme.lose(pia)

        let restored = try programme.start("backup", like: pia)
        let report = try await programme.sync(restored)
        #expect(report.formerDevice != nil)
        #expect(report.rejected.count == 1)
        #expect(try restored.replica.read { try $0.rejectedItems() }.count == 1)
        try programme.expectSound(restored)
    }

    /// The hub's answer with the new certificate is lost, then the first page after it, and the
    /// program ends before the new key has its name.
    @Test func rekeyingCanBeCutOffAnywhere() async throws {
        try programme.backUp(pia, to: "backup")
        _ = try add("on the lost disk", on: pia)
        try await programme.sync(pia)
        programme.lose(pia)
        var restored = try programme.start("backup", like: pia)
        _ = try add("after", on: restored)
        for index in 0...3 {
            do {
                try await programme.sync(restored, over: Programme.Road(losesAnswer: index))
            } catch is Programme.AnswerLost {}
            #expect(try programme.titles(on: restored).contains("after"))
            #expect(try restored.replica.examine().faults.isEmpty)
            let keys = KeyPaths(home: restored.replica.home)
            if restored.replica.identity.device != pia.replica.identity.device {
                // As if the power had gone between the database and the key.
                try FileManager.default.moveItem(atPath: keys.current, toPath: keys.next)
                try KeyFile.write(pia.replica.credentials.key, to: keys.current)
            }
            programme.lose(restored)
            restored = try programme.start("backup", like: pia)
            _ = try add("meanwhile \(index)", on: restored)
        }
        try await programme.sync(restored)
        #expect(try programme.titles(on: restored).count == 6)
        try programme.expectSound(restored)
    }

    /// A program that was started before the laptop got its new key goes on with the new one.
    @Test func anotherProgramNoticesTheNewKey() async throws {
        try programme.backUp(pia, to: "backup")
        _ = try add("on the lost disk", on: pia)
        try await programme.sync(pia)
        programme.lose(pia)
        let restored = try programme.start("backup", like: pia)
        let other = try programme.start("backup", like: pia)
        try await programme.sync(restored)
        _ = try add("by the other program", on: other)
        #expect(other.replica.identity.device == restored.replica.identity.device)
        try await programme.sync(other)
        try programme.expectSound(other)
    }

    /// The token of an invitation that was handed out and never synced names its record.
    @Test func invitationKeepsItsID() async throws {
        try programme.backUp(mia, to: "backup")
        _ = try add("on the lost disk", on: mia)
        try await programme.sync(mia)
        programme.lose(mia)
        let restored = try programme.start("backup", like: mia)
        let issued = try restored.replica.invite(
            .join(.participant), email: "new@example.org", name: nil,
            validMilliseconds: 86_400_000, at: programme.now(restored))
        try await programme.sync(restored)
        let newcomer = try programme.join("Nia", token: issued.text, folderName: "Nia")
        try await programme.sync(newcomer)
        try await programme.sync(restored)
        let invitation = try #require(
            try restored.replica.read { try $0.record(issued.id, of: Schema.invitation) })
        #expect(invitation.reference(Fields.Invitation.redeemedBy) != nil)
        #expect(try restored.replica.read { try $0.rejectedItems() }.isEmpty)
        try programme.expectSound(restored, newcomer)
    }
}
