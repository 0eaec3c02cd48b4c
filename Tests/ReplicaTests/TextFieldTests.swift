import Cryptography
import Foundation
import GRDB
import Model
import Synchronization
import TestSupport
import Testing

@testable import Replica

/// Texts that several laptops edit: what each of them wrote stays.
@Suite struct TextFieldTests {
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
            "Plan", for: participant.member, details: "Read one chapter a day.",
            at: programme.now)
        try await programme.sync(participant, mentor)
    }

    private func edit(_ replica: Replica, _ text: String, seen: TextVersion? = nil) throws {
        try replica.act("task edit", at: programme.now) { action in
            try action.set(
                Fields.Task.details, of: task, Schema.task, in: scope, to: .text(text), seen: seen)
        }
    }

    private func details(_ replica: Replica) throws -> String? {
        try replica.read { try $0.record(task, of: Schema.task)?.text(Fields.Task.details) }
    }

    private func version(_ replica: Replica) throws -> TextVersion {
        try replica.read { reader in
            let record = try #require(try reader.record(task, of: Schema.task))
            return try reader.textVersion(of: Fields.Task.details, in: record)
        }
    }

    private func historyRows(_ replica: Replica) throws -> Int {
        try replica.writer.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM textHistory") ?? 0
        }
    }

    private func textFloor(_ replica: Replica) throws -> UInt64 {
        try replica.writer.read { try StoreTransaction($0).textFloor() }
    }

    /// Everything is in order, and made anew it is the same.
    private func expectSound(_ replicas: Replica...) throws {
        for replica in replicas {
            #expect(try replica.examine().faults.isEmpty)
            let before = try details(replica)
            try replica.rebuild()
            #expect(try details(replica) == before)
            #expect(try replica.examine().faults.isEmpty)
        }
        let hashes = try replicas.map { replica in
            try replica.writer.read { try StoreTransaction($0).scope(scope).stateHash.bytes }
        }
        #expect(Set(hashes).count <= 1)
    }

    @Test func editsOfTwoLaptopsAreBothKept() async throws {
        try edit(mentor, "Read two chapters a day.")
        try edit(participant, "Read one chapter a day. And write down what you learn.")
        #expect(try details(mentor) == "Read two chapters a day.")
        try await programme.sync(mentor, participant, mentor)
        let merged = "Read two chapters a day. And write down what you learn."
        #expect(try details(mentor) == merged)
        #expect(try details(participant) == merged)
        #expect(try participant.read { try $0.conflicts() }.isEmpty)
        try expectSound(mentor, participant)
    }

    @Test func whatWasNeverEditedNeedsNoHistory() async throws {
        #expect(try historyRows(participant) == 0)
        #expect(try historyRows(mentor) == 0)
        try edit(participant, "Read two chapters a day.")
        try await programme.sync(participant, mentor)
        #expect(try historyRows(participant) == 1)
        #expect(try historyRows(mentor) == 1)
        try expectSound(mentor, participant)
    }

    @Test func whoSavesFromAnEditorKeepsWhatCameMeanwhile() async throws {
        let seen = try version(participant)
        try edit(mentor, "Read one chapter a day, or two.")
        try await programme.sync(mentor, participant)
        try edit(participant, "Read one long chapter a day.", seen: seen)
        #expect(try details(participant) == "Read one long chapter a day, or two.")
        // Who changes nothing takes nothing back.
        try edit(participant, "Read one chapter a day.", seen: seen)
        #expect(try details(participant) == "Read one long chapter a day, or two.")
        try await programme.sync(participant, mentor)
        #expect(try details(mentor) == "Read one long chapter a day, or two.")
        try expectSound(mentor, participant)
    }

    /// An editor that ends lines in its own way changes nothing by it.
    @Test func linesEndAsTheyDid() async throws {
        try edit(participant, "Read one chapter.\nWrite it down.\nRest.")
        try await programme.sync(participant, mentor)
        let seen = try version(participant)
        try edit(mentor, "Read one chapter.\r\nWrite it down.\r\nRest.")
        try edit(participant, "Read one chapter.\r\nWrite it down.\r\nRest.\r\nSleep.", seen: seen)
        #expect(try version(mentor) == seen)
        try edit(mentor, "Read one chapter. Call me.\nWrite it down.\nRest.")
        try await programme.sync(mentor, participant, mentor)
        let merged = "Read one chapter. Call me.\nWrite it down.\nRest.\nSleep."
        #expect(try details(mentor)?.utf8.elementsEqual(merged.utf8) == true)
        #expect(try details(participant)?.utf8.elementsEqual(merged.utf8) == true)
        try expectSound(mentor, participant)
    }

    @Test func savesThatWereNotSentYetAreLaidOver() async throws {
        try edit(participant, "Read two chapters a day.")
        try edit(participant, "Read two chapters a day, slowly.")
        try expectSound(participant)
        try edit(mentor, "Read one chapter a day. Then rest.")
        try await programme.sync(mentor)
        // Both of the participant's saves are unsent while the mentor's comes.
        try edit(participant, "Read two chapters a day, very slowly.")
        try await programme.sync(participant)
        #expect(try details(participant) == "Read two chapters a day, very slowly. Then rest.")
        try await programme.sync(mentor)
        #expect(try details(mentor) == details(participant))
        try expectSound(mentor, participant)
    }

    @Test func emptiedTextIsNone() async throws {
        try edit(participant, "")
        #expect(try details(participant) == nil)
        try await programme.sync(participant, mentor)
        #expect(try details(mentor) == nil)
        try edit(mentor, "Anew.")
        try await programme.sync(mentor, participant)
        #expect(try details(participant) == "Anew.")
        try expectSound(mentor, participant)
    }

    // MARK: Refusal

    /// One's own words are kept, although the text has the same ones elsewhere.
    @Test func refusedWordsThatTheTextHasElsewhereAreKept() async throws {
        try edit(participant, "Read one chapter a day. Read one chapter a day.")
        programme.hub.refuseNextBatch(.notAllowed)
        try await programme.sync(participant)
        let item = try #require(try participant.read { try $0.rejectedItems() }.first)
        #expect(item.changes.map(\.operation) == [.set(.text(" Read one chapter a day."))])
    }

    @Test func refusedEditIsKeptForReading() async throws {
        try edit(participant, "Read everything at once.")
        programme.hub.refuseNextBatch(.notAllowed)
        try await programme.sync(participant)
        #expect(try details(participant) == "Read one chapter a day.")
        let item = try #require(try participant.read { try $0.rejectedItems() }.first)
        #expect(item.changes.map(\.operation) == [.set(.text("everything at once"))])
        try expectSound(participant)
        // Its numbers are used up: somebody may have got it by another road.
        let floor = try textFloor(participant)
        #expect(floor > 0)
        try edit(participant, "Read one page a day.")
        let next = try version(participant).heads
        #expect(next.allSatisfy { $0.sequence >= floor })
        try await programme.sync(participant, mentor)
        #expect(try details(mentor) == "Read one page a day.")
        try expectSound(mentor, participant)
    }

    @Test func whatIsBuiltOnARefusedEditGoesOutOfSightWithIt() async throws {
        try edit(participant, "Read everything at once.")
        programme.hub.refuseNextBatch(.notAllowed)
        let hub = programme.hub
        // A further save is made while the answer is under way.
        let now = programme.now
        let later = SlowConnection(hub) { [participant, task, scope] in
            try participant.act("task edit", at: now) { action in
                try action.set(
                    Fields.Task.details, of: task, Schema.task, in: scope,
                    to: .text("Read everything at once, now."))
            }
        }
        _ = try await participant.sync(over: later, now: { now })
        #expect(try details(participant) == "Read one chapter a day.")
        try expectSound(participant)
    }

    // MARK: Deleting

    /// What is written into a passage that another takes away stands alone: both are told.
    @Test func writingIntoWhatAnotherDeletesIsAConflict() async throws {
        try edit(mentor, "")
        try edit(participant, "Read one long chapter a day.")
        try await programme.sync(mentor, participant, mentor)
        for replica in [mentor, participant] {
            #expect(try details(replica) == " long")
            let conflict = try #require(try replica.read { try $0.conflicts() }.first)
            #expect(conflict.kind == .rewrite)
            #expect(
                Set(conflict.candidates.dropFirst().map(\.value))
                    == [.null, .text("Read one long chapter a day.")])
        }
        let conflict = try #require(try mentor.read { try $0.conflicts() }.first)
        try mentor.act("conflict resolve", at: programme.now) { action in
            try action.resolve(conflict, with: .text("Read one long chapter a day."))
        }
        try await programme.sync(mentor, participant)
        for replica in [mentor, participant] {
            #expect(try details(replica) == "Read one long chapter a day.")
            #expect(try replica.read { try $0.conflicts() }.isEmpty)
        }
        try expectSound(mentor, participant)
    }

    @Test func editOfADeletedTaskBringsItBackAsAConflict() async throws {
        try mentor.act("task delete", at: programme.now) { action in
            action.delete(task, Schema.task, in: scope)
        }
        try edit(participant, "Read one chapter a day. Still at it.")
        try await programme.sync(mentor, participant, mentor)
        for replica in [mentor, participant] {
            let conflict = try #require(try replica.read { try $0.conflicts() }.first)
            #expect(conflict.kind == .deletion)
            #expect(
                conflict.candidates.map(\.value).last
                    == .text("Read one chapter a day. Still at it."))
        }
        try expectSound(mentor, participant)
    }

    // MARK: The same words

    private func rewriteTheSame() async throws -> RecordConflict {
        try edit(mentor, "Read two chapters a day.")
        programme.pass(milliseconds: 60_000)
        try edit(participant, "Read three chapter a day.")
        try await programme.sync(mentor, participant, mentor)
        let conflicts = try [mentor, participant].map { try $0.read { try $0.conflicts() } }
        #expect(conflicts.map(\.count) == [1, 1])
        #expect(conflicts[0].first?.id == conflicts[1].first?.id)
        return try #require(conflicts[0].first)
    }

    @Test func wordsRewrittenByBothAreShownToBoth() async throws {
        let conflict = try await rewriteTheSame()
        #expect(conflict.kind == .rewrite)
        #expect(conflict.field == Fields.Task.details)
        #expect(conflict.candidates.map(\.isShown) == [true, false, false])
        let texts = conflict.candidates.map { $0.value.text ?? "" }
        #expect(texts[0].contains("two") && texts[0].contains("three"))
        #expect(
            Set(texts.dropFirst()) == ["Read two chapters a day.", "Read three chapter a day."])
        #expect(
            Set(conflict.candidates.dropFirst().compactMap(\.author)) == [
                mentor.member, participant.member,
            ])
        try expectSound(mentor, participant)
    }

    /// While the task is gone nobody is asked; who brings it back brings the question back, too.
    @Test func conflictOfADeletedTaskComesBackWithIt() async throws {
        let conflict = try await rewriteTheSame()
        try mentor.act("task delete", at: programme.now) { action in
            action.delete(task, Schema.task, in: scope)
        }
        try await programme.sync(mentor, participant)
        for replica in [mentor, participant] {
            #expect(try replica.read { try $0.conflicts() }.isEmpty)
        }
        try participant.act("task restore", at: programme.now) { action in
            action.restore(task, Schema.task, in: scope)
        }
        #expect(try participant.read { try $0.conflicts() }.map(\.id) == [conflict.id])
        try await programme.sync(participant, mentor)
        #expect(try mentor.read { try $0.conflicts() }.map(\.id) == [conflict.id])
        try expectSound(mentor, participant)
    }

    @Test func editElsewhereDoesNotHideTheConflict() async throws {
        _ = try await rewriteTheSame()
        let text = try #require(try details(mentor))
        try edit(mentor, text + "\n\nSee you on Friday.")
        try await programme.sync(mentor, participant)
        #expect(try participant.read { try $0.conflicts() }.map(\.kind) == [.rewrite])
        #expect(try mentor.read { try $0.conflicts() }.map(\.kind) == [.rewrite])
    }

    @Test(arguments: [0, 1, 2])
    func choosingAVersionSettlesIt(index: Int) async throws {
        let conflict = try await rewriteTheSame()
        let chosen = conflict.candidates[index].value
        #expect(try mentor.read { try $0.maySettle(conflict) })
        try mentor.act("conflict resolve", at: programme.now) { action in
            try action.resolve(conflict, with: chosen)
        }
        #expect(try details(mentor) == chosen.text)
        #expect(try mentor.read { try $0.conflicts() }.isEmpty)
        try await programme.sync(mentor, participant)
        #expect(try details(participant) == chosen.text)
        #expect(try participant.read { try $0.conflicts() }.isEmpty)
        try expectSound(mentor, participant)
    }

    @Test func accountAddsUp() async throws {
        _ = try await rewriteTheSame()
        var account = try participant.read { try $0.store.account(of: $0.identity) }
        let merged = account.merged
        #expect(account.siblings == 2)
        #expect(account.waiting == 0)
        try edit(mentor, "Read two or three chapters a day.")
        try await programme.sync(mentor, participant)
        account = try participant.read { try $0.store.account(of: $0.identity) }
        #expect(account.siblings == 0)
        #expect(account.merged == merged + 2)
    }
}

/// A hub that something happens beside, after it has heard the request and before it answers.
private final class SlowConnection: HubConnection {
    private let hub: RelayHub
    private let meanwhile: @Sendable () throws -> Void
    private let isDone = Mutex(false)

    init(_ hub: RelayHub, meanwhile: @escaping @Sendable () throws -> Void) {
        self.hub = hub
        self.meanwhile = meanwhile
    }

    func sync(_ envelope: [UInt8]) async throws -> [UInt8] {
        let answer = try await hub.sync(envelope)
        let isFirst = isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        if isFirst { try meanwhile() }
        return answer
    }

    func redeem(_ envelope: [UInt8]) async throws -> [UInt8] { try await hub.redeem(envelope) }

    func rekey(_ envelope: [UInt8]) async throws -> [UInt8] { try await hub.rekey(envelope) }

    func carry(_ parcel: [UInt8]) async throws -> [UInt8] { try await hub.carry(parcel) }
}
