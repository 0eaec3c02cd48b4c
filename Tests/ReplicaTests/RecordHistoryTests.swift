import Model
import TestSupport
import Testing

@testable import Replica

@Suite struct RecordHistoryTests {
    private let programme: RelayedProgramme
    private let mentor: Replica
    private let participant: Replica

    init() async throws {
        programme = try RelayedProgramme()
        mentor = try await programme.join("Mara", as: .mentor)
        participant = try await programme.join("Ana", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: participant.member)
        try await programme.sync(mentor, participant)
    }

    private func history(_ record: RecordID, on replica: Replica) throws -> [HistoryEntry] {
        try replica.read { try $0.history(of: record) }
    }

    @Test func unsentChangesWait() throws {
        let task = try participant.addTask("Draft", for: participant.member, at: programme.now)
        let entries = try history(task, on: participant)
        #expect(entries.map(\.field) == [.life, Fields.Task.title, Fields.Task.status])
        #expect(entries.allSatisfy { $0.state == .waiting })
        #expect(entries.allSatisfy { $0.author == .member(participant.member) })
        #expect(entries.allSatisfy { $0.at.milliseconds == programme.now.milliseconds })
        #expect(entries[0].lifeBefore == nil)
    }

    @Test func everybodyReadsTheSameHistoryWithWhatEachFound() async throws {
        let task = try mentor.addTask("One", for: participant.member, at: programme.now)
        try await programme.sync(mentor, participant)
        programme.pass(milliseconds: 60_000)
        try participant.set(
            Fields.Task.status, ofTask: task, of: participant.member,
            to: .integer(TaskStatus.done.rawValue), at: programme.now)
        try await programme.sync(participant, mentor)
        try mentor.set(
            Fields.Task.title, ofTask: task, of: participant.member, to: .text("Two"),
            at: programme.now)
        try await programme.sync(mentor, participant)
        for replica in [mentor, participant] {
            let entries = try history(task, on: replica)
            #expect(entries.allSatisfy { $0.state == .admitted })
            #expect(
                entries.map(\.field) == [
                    .life, Fields.Task.title, Fields.Task.status, Fields.Task.status,
                    Fields.Task.title,
                ])
            #expect(
                entries.map(\.before) == [
                    .null, .null, .null, .integer(TaskStatus.open.rawValue), .text("One"),
                ])
            #expect(
                entries.suffix(2).map(\.author) == [
                    .member(participant.member), .member(mentor.member),
                ])
        }
    }

    @Test func concurrentChangesBothFoundTheOldValue() async throws {
        let task = try mentor.addTask("One", for: participant.member, at: programme.now)
        try await programme.sync(mentor, participant)
        try mentor.set(
            Fields.Task.details, ofTask: task, of: participant.member, to: .text("A"),
            at: programme.now)
        try mentor.set(
            Fields.Task.details, ofTask: task, of: participant.member, to: .text("B"),
            at: programme.now)
        try participant.set(
            Fields.Task.status, ofTask: task, of: participant.member,
            to: .integer(TaskStatus.done.rawValue), at: programme.now)
        try mentor.set(
            Fields.Task.status, ofTask: task, of: participant.member,
            to: .integer(TaskStatus.submitted.rawValue), at: programme.now)
        try await programme.sync(mentor, participant, mentor)
        let entries = try history(task, on: mentor)
        #expect(
            entries.filter { $0.field == Fields.Task.status }.map(\.before)
                == [.null, .integer(1), .integer(1)])
        #expect(
            entries.filter { $0.field == Fields.Task.details }.map(\.before)
                == [.null, .text("A")])
    }

    @Test func refusedChangesStayInTheHistory() async throws {
        let task = try participant.addTask("Mine", for: participant.member, at: programme.now)
        try await programme.sync(participant)
        try participant.set(
            Fields.Task.title, ofTask: task, of: participant.member, to: .text("Refused"),
            at: programme.now)
        programme.hub.refuseNextBatch(.notAllowed)
        try await programme.sync(participant)
        let last = try #require(try history(task, on: participant).last)
        #expect(last.state == .refused)
        #expect(last.reason == .notAllowed)
        #expect(last.before == .text("Mine"))
        try participant.set(
            Fields.Task.title, ofTask: task, of: participant.member, to: .text("Again"),
            at: programme.now)
        #expect(try history(task, on: participant).last?.before == .text("Mine"))
    }

    @Test func sharingAndTagsAreTold() throws {
        let entry = try participant.writeEntry("Text", at: programme.now)
        let own = Scope.own(participant.member)
        try participant.act("journal edit", at: programme.now) { action in
            action.add(
                .text("fire"), to: Fields.JournalEntry.tags, of: entry, Schema.journalEntry,
                in: own)
        }
        try participant.act("journal share", at: programme.now) { action in
            try action.move(
                entry, Schema.journalEntry, from: own, to: .participant(participant.member))
        }
        let entries = try history(entry, on: participant)
        let tag = try #require(entries.first { $0.operation == .add(.text("fire")) })
        #expect(tag.before == .boolean(false))
        let leave = try #require(entries.first { $0.operation == .leave })
        #expect(leave.lifeBefore == .live)
        #expect(leave.scope == own)
        #expect(entries.contains { $0.scope == .participant(participant.member) })
    }

    @Test func unknownRecordHasNoHistory() throws {
        let unknown = RecordID(device: participant.identity.device, counter: 9_999)
        #expect(try history(unknown, on: participant).isEmpty)
    }
}
