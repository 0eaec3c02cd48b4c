import Foundation
import GRDB
import Model
import TestSupport
import Testing

@testable import Replica

/// What a text has been, and taking edits of it back.
@Suite struct TextVersionTests {
    private let programme: RelayedProgramme
    private let mentor: Replica
    private let participant: Replica
    private let task: RecordID
    private let scope: Scope

    init() async throws {
        programme = try RelayedProgramme()
        mentor = try await programme.join("Mara", as: .mentor)
        participant = try await programme.join("Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: participant.member)
        try await programme.sync(mentor, participant)
        scope = .participant(participant.member)
        task = try participant.addTask(
            "Plan", for: participant.member, details: "one two three", at: programme.now)
        try await programme.sync(participant, mentor)
    }

    private func edit(_ replica: Replica, _ text: String) throws {
        try replica.set(
            Fields.Task.details, ofTask: task, of: participant.member, to: .text(text),
            at: programme.now)
    }

    private func details(_ replica: Replica) throws -> String? {
        try replica.read { try $0.record(task, of: Schema.task)?.text(Fields.Task.details) }
    }

    private func historyBytes(_ replica: Replica) throws -> Int {
        try replica.writer.read { database in
            try Int.fetchOne(database, sql: "SELECT sum(length(history)) FROM textHistory") ?? 0
        }
    }

    private func edits(_ replica: Replica) throws -> [HistoryEntry] {
        try replica.read { try $0.history(of: task) }.filter { $0.field == Fields.Task.details }
    }

    @Test func historyTellsWhatEachSaveMadeOfTheText() async throws {
        try edit(participant, "one TWO three")
        try edit(mentor, "one two three four")
        try await programme.sync(mentor, participant, mentor)
        for replica in [mentor, participant] {
            let entries = try edits(replica)
            #expect(entries.map(\.before.text) == [nil, "one two three", "one two three"])
            #expect(
                entries.map(\.after.text)
                    == ["one two three", "one two three four", "one TWO three"])
            #expect(entries.allSatisfy { $0.sameTimeAs.isEmpty })
            #expect(Set(entries.map(\.version)).count == 3)
        }
        #expect(try edits(mentor).map(\.version) == edits(participant).map(\.version))
    }

    @Test func rewritesOfTheSameWordsNameEachOther() async throws {
        try edit(participant, "one TWO three")
        try edit(mentor, "one zwei three")
        try await programme.sync(mentor, participant)
        let entries = try edits(participant)
        #expect(entries.map(\.sameTimeAs) == [[], [entries[2].version], [entries[1].version]])
    }

    @Test func oldVersionsCanBeRead() async throws {
        try edit(participant, "one TWO three")
        try edit(mentor, "one two three four")
        try participant.set(
            Fields.Task.title, ofTask: task, of: participant.member, to: .text("Plan B"),
            at: programme.now)
        try await programme.sync(mentor, participant)
        #expect(try details(participant) == "one TWO three four")
        let entries = try participant.read { try $0.history(of: task) }
        for entry in entries where entry.field == Fields.Task.details {
            let found = try participant.read {
                try $0.records(task, of: Schema.task, atVersion: String(entry.version.prefix(8)))
            }
            #expect(found.map { $0.text(Fields.Task.details) } == [entry.after.text])
            #expect(found.first?.text(Fields.Task.title) == "Plan")
        }
        let renamed = try #require(entries.last { $0.field == Fields.Task.title })
        let found = try participant.read {
            try $0.records(task, of: Schema.task, atVersion: renamed.version)
        }
        #expect(found.first?.text(Fields.Task.title) == "Plan B")
        #expect(found.first?.text(Fields.Task.details) == "one TWO three")
    }

    // MARK: Undo

    @Test func undoTakesAnEditBackAndUndoAgainDoesItAgain() async throws {
        try edit(participant, "one TWO three")
        let report = try participant.undo(at: programme.now)
        #expect(report.undone.map(\.field) == [Fields.Task.details])
        #expect(try details(participant) == "one two three")
        _ = try participant.undo(at: programme.now)
        #expect(try details(participant) == "one TWO three")
        try await programme.sync(participant, mentor)
        #expect(try details(mentor) == "one TWO three")
        #expect(try participant.examine().faults.isEmpty)
    }

    @Test func undoLeavesWhatOthersWroteBesideIt() async throws {
        try edit(participant, "zero one TWO three")
        try await programme.sync(participant, mentor)
        try edit(mentor, "zero one TWO three four")
        try await programme.sync(mentor, participant)
        let report = try participant.undo(at: programme.now)
        #expect(report.left.isEmpty)
        #expect(try details(participant) == "one two three four")
        try await programme.sync(participant, mentor)
        #expect(try details(mentor) == "one two three four")
        #expect(try mentor.examine().faults.isEmpty)
    }

    @Test func wordsThatSomebodyChangedSinceAreLeftAndNamed() async throws {
        try edit(participant, "one TWO three")
        try await programme.sync(participant, mentor)
        try edit(mentor, "one second three")
        try await programme.sync(mentor, participant)
        let report = try participant.undo(at: programme.now)
        #expect(report.undone.isEmpty)
        #expect(report.left.map(\.field) == [Fields.Task.details])
        #expect(try details(participant) == "one second three")
    }

    @Test func wordsThatSomebodyTypedIntoAreLeftAndNamed() async throws {
        try edit(participant, "one and two and a half and three")
        try await programme.sync(participant, mentor)
        try edit(mentor, "one and two and nearly a half and three")
        try await programme.sync(mentor, participant)
        let report = try participant.undo(at: programme.now)
        #expect(report.left.map(\.field) == [Fields.Task.details])
        #expect(try details(participant) == "one and two and nearly a half and three")
        #expect(try participant.examine().faults.isEmpty)
    }

    // MARK: Moving

    @Test func sharedEntryTakesItsTextAlongAndNotItsHistory() async throws {
        let entry = try participant.writeEntry("Draft with a secret", at: programme.now)
        let own = Scope.own(participant.member)
        func set(_ text: String, in scope: Scope) throws {
            try participant.act("journal edit", at: programme.now) { action in
                try action.set(
                    Fields.JournalEntry.body, of: entry, Schema.journalEntry, in: scope,
                    to: .text(text))
            }
        }
        func move(from source: Scope, to target: Scope) throws {
            try participant.act("journal share", at: programme.now) { action in
                try action.move(entry, Schema.journalEntry, from: source, to: target)
            }
        }
        try set("Draft", in: own)
        try move(from: own, to: scope)
        try await programme.sync(participant, mentor)
        func body(_ replica: Replica) throws -> String? {
            try replica.read {
                try $0.record(entry, of: Schema.journalEntry)?.text(Fields.JournalEntry.body)
            }
        }
        #expect(try body(mentor) == "Draft")
        let known = try mentor.read { try $0.history(of: entry) }.compactMap(\.after.text)
        #expect(known == ["Draft"])
        // It goes back, is changed, and comes again: the shared text becomes what it is now.
        try move(from: scope, to: own)
        try set("Draft, finished", in: own)
        try move(from: own, to: scope)
        try await programme.sync(participant, mentor)
        #expect(try body(mentor) == "Draft, finished")
        #expect(try participant.examine().faults.isEmpty)
        #expect(try mentor.examine().faults.isEmpty)
    }

    // MARK: Size

    /// An entry of 20 kB that was saved many times, half of them not sent yet.
    @Test(.timeLimit(.minutes(10))) func manySavesStayCheap() async throws {
        var text = ""
        for index in 0..<200 {
            let line = "Line \(index) ".padding(
                toLength: 99, withPad: "of a long entry ", startingAt: 0)
            text += line + "\n"
            try edit(participant, text)
            if index == 100 { try await programme.sync(participant) }
        }
        #expect(text.utf8.count == 20_000)
        let clock = ContinuousClock()
        let saving = try clock.measure { try edit(participant, text + "The end.\n") }
        let reading = try clock.measure { _ = try details(participant) }
        // A debug build on a busy machine; `waymark-bench entry` measures the real thing.
        #expect(saving < .seconds(2), "\(saving)")
        #expect(reading < .seconds(1), "\(reading)")
        try await programme.sync(participant, mentor)
        #expect(try details(mentor) == text + "The end.\n")
        let stored = try historyBytes(mentor)
        // Of the history little more is stored than the words that are gone.
        #expect(stored < 600, "\(stored)")
        #expect(try participant.examine().faults.isEmpty)
    }
}
