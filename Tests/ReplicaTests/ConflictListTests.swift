import Model
import TestSupport
import Testing

@testable import Replica

@Suite struct ConflictListTests {
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
            "Plan", for: participant.member, details: "first", at: programme.now)
        try await programme.sync(participant, mentor)
    }

    private func edit(_ replica: Replica, _ text: String) throws {
        try replica.set(
            Fields.Task.title, ofTask: task, of: participant.member, to: .text(text),
            at: programme.now)
    }

    private func conflicts(_ replica: Replica) throws -> [RecordConflict] {
        try replica.read { try $0.conflicts() }
    }

    private func title(_ replica: Replica) throws -> String? {
        try replica.read { try $0.record(task, of: Schema.task)?.text(Fields.Task.title) }
    }

    @Test func rivalsAreListedTheSameEverywhere() async throws {
        try edit(mentor, "from the mentor")
        programme.pass(milliseconds: 60_000)
        try edit(participant, "from the participant")
        try await programme.sync(mentor, participant, mentor)
        let lists = try [mentor, participant].map { try conflicts($0) }
        for list in lists {
            #expect(list.count == 1)
            #expect(list[0].record == task)
            #expect(list[0].field == Fields.Task.title)
            #expect(list[0].kind == .value)
            #expect(
                list[0].candidates.map(\.value) == [
                    .text("from the participant"), .text("from the mentor"),
                ])
            #expect(list[0].candidates.map(\.isShown) == [true, false])
            #expect(
                list[0].candidates.map(\.author) == [participant.member, mentor.member])
        }
        #expect(lists[0][0].id == lists[1][0].id)
        #expect(lists[0][0].candidates(by: mentor.member).count == 1)
        #expect(
            lists[0][0].candidates(notBy: mentor.member).map(\.author) == [participant.member])
    }

    @Test func resolutionEndsItEverywhere() async throws {
        try edit(mentor, "from the mentor")
        try edit(participant, "from the participant")
        try await programme.sync(mentor, participant, mentor)
        let conflict = try #require(try conflicts(mentor).first)
        try mentor.act("conflict resolve", at: programme.now) { action in
            // Even the value that is shown already has to be written, to cover the other.
            try action.resolve(conflict, with: conflict.candidates[0].value)
        }
        #expect(try conflicts(mentor).isEmpty)
        try await programme.sync(mentor, participant)
        #expect(try conflicts(participant).isEmpty)
        #expect(try title(participant) == conflict.candidates[0].value.text)
        #expect(try title(mentor) == conflict.candidates[0].value.text)
    }

    private func deleteWhileEdited() async throws -> RecordConflict {
        try mentor.act("task delete", at: programme.now) { action in
            action.delete(task, Schema.task, in: scope)
        }
        try edit(participant, "still at work")
        try await programme.sync(mentor, participant, mentor)
        let found = try conflicts(mentor)
        #expect(found.count == 1)
        return try #require(found.first)
    }

    @Test func deletionAgainstAnEditIsShownWithBoth() async throws {
        let conflict = try await deleteWhileEdited()
        #expect(conflict.kind == .deletion)
        #expect(conflict.field == .life)
        #expect(conflict.candidates.map(\.mark) == [.deleted, nil])
        #expect(conflict.candidates.map(\.field) == [.life, Fields.Task.title])
        #expect(conflict.candidates.map(\.author) == [mentor.member, participant.member])
        #expect(conflict.candidates.map(\.isShown) == [false, true])
    }

    @Test func restoringKeepsTheEdit() async throws {
        let conflict = try await deleteWhileEdited()
        try participant.act("conflict resolve", at: programme.now) { action in
            try action.resolveByRestoring(conflict)
        }
        try await programme.sync(participant, mentor)
        #expect(try conflicts(mentor).isEmpty)
        #expect(try conflicts(participant).isEmpty)
        #expect(try title(mentor) == "still at work")
    }

    @Test func deletingAgainIsFinal() async throws {
        let conflict = try await deleteWhileEdited()
        try mentor.act("conflict resolve", at: programme.now) { action in
            try action.resolveByDropping(conflict)
        }
        try await programme.sync(mentor, participant)
        #expect(try conflicts(mentor).isEmpty)
        #expect(try conflicts(participant).isEmpty)
        #expect(try title(participant) == nil)
    }

    /// An entry that its author shares on one laptop and edits on the other; on one replica here,
    /// with the second laptop's change laid in as the hub would bring it.
    private func departure() throws -> (entry: RecordID, conflict: RecordConflict) {
        let entry = try participant.writeEntry("private text", at: programme.now)
        let own = Scope.own(participant.member)
        try participant.act("journal share", at: programme.now) { action in
            try action.move(entry, Schema.journalEntry, from: own, to: scope)
        }
        let written = TextEventID(device: participant.identity.device, sequence: 11)
        let edit = TextEdit(
            device: DeviceID(rawValue: 42), sequence: 0, parents: TextVersion([written]),
            splices: [TextSplice(position: 0, deletedCount: 12, inserted: "edited elsewhere")])
        try participant.layOver(
            Change(
                record: entry, entity: Schema.journalEntry.id, field: Fields.JournalEntry.body,
                operation: .splice(edit.encoded)),
            in: own, at: ClaimedTime(milliseconds: programme.now.milliseconds + 1))
        let conflict = try #require(try conflicts(participant).first)
        return (entry, conflict)
    }

    @Test func changeBehindADepartureIsShownNotPublished() throws {
        let (entry, conflict) = try departure()
        #expect(conflict.kind == .departure)
        #expect(conflict.candidates.map(\.mark) == [.left, nil])
        #expect(conflict.candidates[1].value == .text("edited elsewhere"))
        let shared = try participant.read { try $0.record(entry, of: Schema.journalEntry) }
        #expect(shared?.scope == scope)
        #expect(shared?.text(Fields.JournalEntry.body) == "private text")
    }

    @Test func takingADepartureOverPublishesIt() throws {
        let (entry, conflict) = try departure()
        try participant.act("conflict resolve", at: programme.now) { action in
            try action.resolveByRestoring(conflict)
        }
        let shared = try participant.read { try $0.record(entry, of: Schema.journalEntry) }
        #expect(shared?.text(Fields.JournalEntry.body) == "edited elsewhere")
        #expect(shared?.scope == scope)
    }
}
