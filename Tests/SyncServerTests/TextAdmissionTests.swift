import Cryptography
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Which edits of texts the hub lets through: those that everybody can apply, and no others.
@Suite(.timeLimit(.minutes(10))) struct TextAdmissionTests {
    private let harness: HubHarness
    private let mentor: RawDevice
    private let participant: RawDevice
    private let task: RecordID
    private let scope: Scope

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
        scope = .participant(participant.member)
        task = participant.newID()
        let creation = participant.create(
            Schema.task, task,
            [
                Fields.Task.title: .text("t"), Fields.Task.status: .integer(1),
                Fields.Task.details: .text("Hello world"),
            ])
        try harness.push(participant, participant.batch(scope, creation))
    }

    private func id(_ device: RawDevice, _ sequence: UInt64) -> TextEventID {
        TextEventID(device: device.device, sequence: sequence)
    }

    private func change(_ operand: [UInt8]) -> Change {
        Change(
            record: task, entity: Schema.task.id, field: Fields.Task.details,
            operation: .splice(operand))
    }

    private func edit(
        _ device: RawDevice, from sequence: UInt64, after parents: [TextEventID],
        _ splices: TextSplice...
    ) -> Change {
        change(
            TextEdit(
                device: device.device, sequence: sequence, parents: TextVersion(parents),
                splices: splices
            ).encoded)
    }

    private func push(_ device: RawDevice, _ changes: Change...) throws -> RefusalReason? {
        let batch = device.batch(scope, changes)
        return try harness.refusal(of: batch, in: harness.push(device, batch))
    }

    private func details() throws -> String? {
        try harness.hub.database.read { store in
            let row = try store.tables.scope(scope)
            return try store.tables.text(
                of: Fields.Task.details, record: task, entity: Schema.task.id, in: row
            ).text
        }
    }

    private func insertion(_ text: String, at position: Int) -> TextSplice {
        TextSplice(position: position, deletedCount: 0, inserted: text)
    }

    @Test func concurrentEditsAreBothAdmitted() throws {
        let last = id(participant, 10)
        let first = edit(mentor, from: 0, after: [last], insertion("Oh. ", at: 0))
        #expect(try push(mentor, first) == nil)
        #expect(
            try push(
                participant, edit(participant, from: 11, after: [last], insertion("!", at: 11)))
                == nil)
        #expect(try details() == "Oh. Hello world!")
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func usedNumbersAreRefusedAndGapsAreNot() throws {
        let last = id(participant, 10)
        for number: UInt64 in [0, 5, 10] {
            let reused = edit(participant, from: number, after: [], insertion("x", at: 0))
            #expect(try push(participant, reused) == .malformed)
        }
        let gap = edit(participant, from: 90, after: [last], insertion("!", at: 11))
        #expect(try push(participant, gap) == nil)
        // Numbers before the gap were given up.
        let late = edit(participant, from: 20, after: [last], insertion("x", at: 0))
        #expect(try push(participant, late) == .malformed)
        #expect(try details() == "Hello world!")
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func editsOfWordsThatAreNotThereAreRefused() throws {
        // Not come yet, of nobody, and of the edit itself.
        for parent in [id(participant, 11), id(mentor, 0), id(mentor, 3)] {
            let unfounded = edit(mentor, from: 3, after: [parent], insertion("x", at: 0))
            #expect(try push(mentor, unfounded) == .missingText)
        }
        #expect(try details() == "Hello world")
    }

    /// What builds on a refused edit goes with it, be it somebody else's.
    @Test func editsOnTopOfARefusedOneAreRefused() throws {
        let last = id(participant, 10)
        let refused = edit(participant, from: 11, after: [last], insertion("x", at: 99))
        #expect(try push(participant, refused) == .malformed)
        let own = edit(participant, from: 12, after: [id(participant, 11)], insertion("y", at: 0))
        #expect(try push(participant, own) == .missingText)
        let other = edit(mentor, from: 0, after: [id(participant, 11)], insertion("z", at: 0))
        #expect(try push(mentor, other) == .missingText)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func positionsOutsideTheTextAreRefused() throws {
        let last = id(participant, 10)
        let splices = [
            insertion("x", at: 12), TextSplice(position: 11, deletedCount: 1, inserted: ""),
            TextSplice(position: 5, deletedCount: 7, inserted: ""),
        ]
        for splice in splices {
            #expect(try push(mentor, edit(mentor, from: 0, after: [last], splice)) == .malformed)
        }
        #expect(try details() == "Hello world")
    }

    /// In one change set an edit may build on the one before it, and all fall together.
    @Test func changeSetIsTakenAsAWhole() throws {
        let last = id(participant, 10)
        let first = edit(mentor, from: 0, after: [last], insertion("A", at: 0))
        let second = edit(mentor, from: 1, after: [id(mentor, 0)], insertion("B", at: 1))
        let wrong = edit(mentor, from: 2, after: [id(mentor, 1)], insertion("C", at: 99))
        #expect(try push(mentor, first, second, wrong) == .malformed)
        #expect(try details() == "Hello world")
        #expect(try push(mentor, first, second) == nil)
        #expect(try details() == "ABHello world")
    }

    @Test(arguments: Seed.samples(40)) func bytesThatSayNothingAreRefused(seed: Seed) throws {
        var seed = seed
        let good = TextEdit(
            device: mentor.device, sequence: 0, parents: TextVersion([id(participant, 10)]),
            splices: [TextSplice(position: 2, deletedCount: 3, inserted: "xyz")]
        ).encoded
        for _ in 0..<10 {
            var bytes = good
            switch seed.below(3) {
            case 0: bytes[seed.below(bytes.count)] ^= UInt8(1 << seed.below(8))
            case 1: bytes.removeLast(1 + seed.below(bytes.count - 1))
            default: bytes = seed.bytes(seed.below(40))
            }
            _ = try push(mentor, change(bytes))
        }
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func textsKeepToTheirLength() throws {
        let last = id(participant, 10)
        let long = String(repeating: "a", count: Limits.valueBytesMax - 20)
        let first = edit(mentor, from: 0, after: [last], insertion(long, at: 0))
        #expect(try push(mentor, first) == nil)
        let end = id(mentor, UInt64(long.utf8.count) - 1)
        let number = UInt64(long.utf8.count)
        let more = edit(mentor, from: number, after: [end], insertion("0123456789", at: 0))
        #expect(try push(mentor, more) == .textTooLong)
        // Shortening is welcome.
        let less = edit(
            mentor, from: number + 10, after: [end],
            TextSplice(position: 0, deletedCount: 100, inserted: ""))
        #expect(try push(mentor, less) == nil)
    }

    /// Edits that have seen nothing of a long text make everybody replay it; one batch may not make
    /// the hub do that as often as it likes.
    @Test func replayingIsBounded() throws {
        let last = id(participant, 10)
        let long = String(repeating: "a", count: 200_000)
        let first = edit(mentor, from: 0, after: [last], insertion(long, at: 0))
        #expect(try push(mentor, first) == nil)
        let sets = (0..<30).map { number -> [(scope: Scope, changes: [Change])] in
            let blind = edit(
                mentor, from: 200_000 + UInt64(number), after: [], insertion("x", at: 0))
            return [(scope, [blind])]
        }
        let batch = mentor.batch(sets)
        try harness.push(mentor, batch)
        let refusals = try harness.admission(of: batch).sections.flatMap(\.refusals)
        #expect(!refusals.isEmpty && refusals.count < 30)
        #expect(refusals.allSatisfy { $0.reason == .textTooLong })
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func onlyWritersEdit() throws {
        let entry = participant.newID()
        try harness.push(
            participant,
            participant.batch(
                scope,
                participant.create(
                    Schema.journalEntry, entry,
                    [
                        Fields.JournalEntry.date: .text("2026-11-25"),
                        Fields.JournalEntry.body: .text("Mine"),
                    ])))
        let splice = TextEdit(
            device: mentor.device, sequence: 0, parents: TextVersion([id(participant, 3)]),
            splices: [insertion("Not ", at: 0)])
        let foreign = Change(
            record: entry, entity: Schema.journalEntry.id, field: Fields.JournalEntry.body,
            operation: .splice(splice.encoded))
        #expect(try push(mentor, foreign) == .notAllowed)
    }
}
