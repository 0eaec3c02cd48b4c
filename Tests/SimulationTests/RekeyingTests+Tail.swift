import Foundation
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// Work under a key that was given up, until it is written anew: see ``TailSet``.
extension RekeyingTests {
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

    /// What the lost disk had sent has the ids and numbers of what waits: a bundle may not bring it yet.
    @Test(arguments: [true, false])
    func bundleDoesNotBringWhatCollidesWithTheTail(isAlone: Bool) async throws {
        let (restored, _) = try await startHalfRekeyed("backup", like: pia)
        try await programme.sync(mia)
        if !isAlone { _ = try programme.addTask("of the mentor", by: mia, for: pia) }
        let bundle = try mia.replica.bundle(for: pia.member, now: programme.now(mia)).bytes
        let report = try await restored.replica.readBundle(bundle)
        #expect(report.leftOut == 1)
        let titles = try programme.titles(on: restored)
        #expect(Set(titles) == Set(["after"] + (isAlone ? [] : ["of the mentor"])))
        #expect(try restored.replica.examine().faults.isEmpty)
        for laptop in [restored, mia, restored] { try await programme.sync(laptop) }
        #expect(try programme.titles(on: restored).contains("on the lost disk"))
        try programme.expectSound(restored, mia)
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
        try programme.expectSound(restored, mia)
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
        try programme.expectSound(restored, mia)
    }

    /// The other copy has given the same record and the same numbers to something else: while that
    /// comes, what waits is neither taken for decided on nor lost from sight.
    @Test func whatComesOfTheOtherCopyDoesNotHideTheTail() async throws {
        try programme.writeEntry("before", by: pia)
        try await programme.sync(pia)
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        func write(_ tag: String, on laptop: Programme.Laptop) throws -> RecordID {
            try programme.writeEntry("of the \(tag)", by: laptop)
            let entry = try #require(
                try laptop.replica.read { try $0.records(of: Schema.journalEntry) }
                    .first { $0.text(Fields.JournalEntry.body) != "before" }?.id)
            try laptop.replica.act("tag", at: programme.now(laptop)) { action in
                action.add(
                    .text(tag), to: Fields.JournalEntry.tags, of: entry, Schema.journalEntry,
                    in: .own(laptop.member))
            }
            return entry
        }
        #expect(try write("first", on: pia) == write("second", on: copy))
        try await programme.sync(pia)
        try await programme.writePages(by: mia)
        try programme.cutPages(atBytes: 500)
        var pagesWithTail = 0
        while true {
            var report = SyncReport()
            let event = try programme.exchange(copy, &report)
            if event == .forked { try rekey(copy) }
            if try !copy.replica.tailWork().isEmpty {
                pagesWithTail += 1
                let tags = try copy.replica.read { try $0.records(of: Schema.journalEntry) }
                    .flatMap { $0.list(Fields.JournalEntry.tags) }
                #expect(tags.contains(.text("second")))
                let before = try Standing.of(copy)
                try copy.replica.rebuild()
                #expect(try Standing.of(copy) == before)
            }
            if event == .paged(more: false, unsent: false) { break }
        }
        #expect(pagesWithTail > 1)
        try await programme.sync(mia)
        try programme.expectSound(copy)
    }

    /// What was shown while its scopes come stays in sight when the laptop gets a new key meanwhile,
    /// also in tables that are made anew.
    @Test func whatTheFormerKeyWroteStaysInSight() async throws {
        try programme.writeEntry("mine", by: pia)
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: Programme.Road(losesAnswer: 0))
        }
        try programme.backUp(pia, to: "copy")
        let copy = try programme.start("copy", like: pia)
        let former = copy.replica.identity.device
        try await programme.sync(pia)
        try programme.writeEntry("of the other", by: pia)
        try await programme.sync(pia)
        try programme.writeEntry("of the copy", by: copy)
        try copy.replica.dropAdmitted()
        try programme.cutPages(atBytes: 1)
        var pagesUnderNewKey = 0
        for _ in 1...40 {
            var report = SyncReport()
            let event = try programme.exchange(copy, &report)
            if event == .forked { try rekey(copy) }
            pagesUnderNewKey += copy.replica.identity.device == former ? 0 : 1
            let bodies = try copy.replica.read { try $0.records(of: Schema.journalEntry) }
                .compactMap { $0.text(Fields.JournalEntry.body) }
            #expect(bodies.contains("mine"))
            let before = try Standing.of(copy)
            try copy.replica.rebuild()
            #expect(try Standing.of(copy) == before)
            if event == .paged(more: false, unsent: false) { break }
        }
        #expect(pagesUnderNewKey > 2)
        for laptop in [copy, pia] { try await programme.sync(laptop) }
        try programme.expectSound(copy, pia)
    }

    private func rekey(_ laptop: Programme.Laptop) throws {
        let request = try laptop.replica.rekeyRequest()
        let answer = try programme.hub.rekey(request.bytes, now: programme.hubTime)
        try laptop.replica.applyRekeying(answer, to: request)
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
        try programme.expectSound(restored, copy, mia)
    }

    /// A copy of a laptop has not sent what was erased of the other's work. It hears of that from a
    /// hub that was set back, and only then that it is a copy.
    @Test func whatWasErasedIsNotWrittenAnew() async throws {
        let canary = "Kanarienvogel4814"
        let ada = try programme.join("Ada", as: .admin)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        _ = try programme.addTask("Another", by: ada, for: pia)
        try await programme.syncAll(rounds: 2)
        let task = try programme.addTask(canary, by: mia, for: pia)
        try programme.backUp(mia, to: "copy")
        let copy = try programme.start("copy", like: mia)
        for laptop in [mia, ada] { try await programme.sync(laptop) }
        try ada.replica.act("erase", at: programme.now(ada), isUndoable: false) { [pia] action in
            try action.erase(task, Schema.task, in: .participant(pia.member))
        }
        for laptop in [ada, mia] { try await programme.sync(laptop) }
        try programme.restore(backup)
        _ = try programme.addTask("After", by: copy, for: pia)
        for laptop in [mia, ada, pia, copy, mia, pia, copy] { try await programme.sync(laptop) }
        #expect(copy.replica.identity.device != mia.replica.identity.device)
        #expect(try copy.replica.read { try $0.rejectedItems() }.map(\.reason) == [])
        for laptop in [mia, pia, copy] {
            #expect(try programme.titles(on: laptop).suffix(2) == ["After", "Another"])
            #expect(try programme.traces(of: canary, on: laptop) == [], "\(laptop.name)")
        }
        try programme.expectSound(mia, pia, copy)
    }
}
