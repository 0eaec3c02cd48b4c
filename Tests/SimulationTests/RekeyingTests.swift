import Foundation
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Laptops that were restored from a backup, and laptops of which there are two.
@Suite(.timeLimit(.minutes(10))) struct RekeyingTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        for laptop in [mia, pia] { try await programme.sync(laptop) }
    }

    private func add(_ title: String, on laptop: Programme.Laptop) throws -> RecordID {
        try programme.addTask(title, by: laptop, for: pia)
    }

    private func expectSound(_ laptops: Programme.Laptop...) throws {
        let hub = try Standing.of(programme.hub)
        for laptop in laptops {
            let wanted = hub.restricted(to: try programme.readableScopes(of: laptop.member))
            let standing = try Standing.of(laptop)
            #expect(standing.scopes == wanted.scopes, "\(laptop.name)")
            #expect(standing.rows == wanted.rows, "\(laptop.name)")
            #expect(standing.conflicts == wanted.conflicts, "\(laptop.name)")
            #expect(try laptop.replica.examine().faults.isEmpty, "\(laptop.name)")
            let status = try laptop.replica.read { try $0.status() }
            #expect(status.unsentChanges == 0)
            #expect(status.account.waiting == 0)
        }
        #expect(try programme.hub.verify().fault == nil)
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
        try expectSound(restored, mia)
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
        try expectSound(restored)
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
        try expectSound(pia, copy, mia)
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
        try expectSound(restored, mia)
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
        try expectSound(restored, pia)
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
        try expectSound(restored, pia)
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
        try expectSound(restored)
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
        try expectSound(restored)
    }

    /// A laptop with a new key that has not yet fetched what its former one sent: "after" waits.
    private func startHalfRekeyed(_ name: String, like laptop: Programme.Laptop) async throws
        -> (laptop: Programme.Laptop, task: RecordID)
    {
        try programme.backUp(laptop, to: name)
        _ = try add("on the lost disk", on: laptop)
        try await programme.sync(laptop)
        programme.lose(laptop)
        let restored = try programme.start(name, like: laptop)
        let task = try add("after", on: restored)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(restored, over: Programme.Road(losesAnswer: 2))
        }
        try #require(restored.replica.identity.device != laptop.replica.identity.device)
        try #require(!restored.replica.tailWork().isEmpty)
        return (restored, task)
    }

    @Test func whatIsDoneBeforeTheTailIsWrittenAnewStandsOnIt() async throws {
        let scope = Scope.participant(pia.member)
        let (restored, task) = try await startHalfRekeyed("backup", like: pia)
        func edit(_ field: FieldID, to text: String) throws {
            try restored.replica.act("task edit", at: programme.now(restored)) { action in
                try action.set(field, of: task, Schema.task, in: scope, to: .text(text))
            }
        }
        for title in ["edited", "edited again"] {
            try edit(Fields.Task.title, to: title)
            #expect(try programme.titles(on: restored) == [title])
        }
        for text in ["words", "more words", "more words here"] {
            try edit(Fields.Task.details, to: text)
        }
        #expect(try restored.replica.undo(at: programme.now(restored)).left.isEmpty)
        #expect(try restored.replica.examine().faults.isEmpty)
        let report = try await programme.sync(restored)
        #expect(report.renamedRecords == 1)
        try await programme.sync(mia)
        for laptop in [restored, mia] {
            let tasks = try laptop.replica.read { try $0.records(of: Schema.task) }
            #expect(
                Set(tasks.compactMap { $0.text(Fields.Task.title) })
                    == ["edited again", "on the lost disk"])
            #expect(tasks.compactMap { $0.text(Fields.Task.details) } == ["more words"])
        }
        #expect(try restored.replica.read { try $0.rejectedItems() }.isEmpty)
        #expect(try restored.replica.undo(at: programme.now(restored)).undone.isEmpty)
        try expectSound(restored, mia)
    }

    /// The other copy has given the same record and the same number to something else, and that is here
    /// already: what is done now is shown all the same.
    @Test func whatIsDoneOnTheTailIsNotTakenForTheOtherCopysWork() async throws {
        _ = try add("before", on: pia)
        try await programme.sync(pia)
        try programme.backUp(pia, to: "backup")
        let scope = Scope.participant(pia.member)
        func set(_ title: String, of task: RecordID, on laptop: Programme.Laptop) throws {
            try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
                try action.set(
                    Fields.Task.title, of: task, Schema.task, in: scope, to: .text(title))
            }
        }
        let lost = try add("on the lost disk", on: pia)
        for title in ["lost 1", "lost 2", "lost 3"] { try set(title, of: lost, on: pia) }
        try await programme.sync(pia)
        programme.lose(pia)
        for title in ["one", "two"] {
            _ = try add(title, on: mia)
            try await programme.sync(mia)
        }
        let restored = try programme.start("backup", like: pia)
        #expect(try add("after", on: restored) == lost)
        try programme.cutPages(atBytes: 1)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(restored, over: Programme.Road(losesAnswer: 3))
        }
        #expect(try !restored.replica.tailWork().isEmpty)
        for index in 1...4 {
            try set("after \(index)", of: lost, on: restored)
            #expect(try programme.titles(on: restored).contains("after \(index)"))
        }
        try await programme.sync(restored)
        try await programme.sync(mia)
        for laptop in [restored, mia] {
            #expect(
                try programme.titles(on: laptop) == ["after 4", "before", "lost 3", "one", "two"])
        }
        try expectSound(restored, mia)
    }

    /// Each copy creates a record before it knows of the other.
    @Test func laptopIsCopiedBeforeTheTailIsWrittenAnew() async throws {
        let (restored, _) = try await startHalfRekeyed("backup", like: pia)
        try programme.backUp(restored, to: "copy")
        let copy = try programme.start("copy", like: restored)
        #expect(try add("on the first", on: restored) == add("on the second", on: copy))
        for laptop in [restored, copy, restored, mia] { try await programme.sync(laptop) }
        for laptop in [restored, copy, mia] {
            let titles = try programme.titles(on: laptop)
            for title in ["on the lost disk", "on the first", "on the second"] {
                #expect(titles.filter { $0 == title }.count == 1, "\(laptop.name)")
            }
            #expect(titles.contains("after"))
        }
        #expect(try copy.replica.read { try $0.rejectedItems() }.isEmpty)
        try expectSound(restored, copy, mia)
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
        try expectSound(other)
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
        try expectSound(restored, newcomer)
    }
}
