import Cryptography
import GRDB
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Members who would like to have others' words erased.
@Suite(.timeLimit(.minutes(10))) struct HostileErasureTests {
    let harness: HubHarness
    let mentor: RawDevice
    let participant: RawDevice
    private let scope: Scope
    private let entry: RecordID

    /// The participant has shared an entry with the mentor.
    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
        scope = .participant(participant.member)
        entry = participant.newID()
        try harness.push(
            participant,
            participant.batch(
                scope,
                participant.create(
                    Schema.journalEntry, entry,
                    [
                        Fields.JournalEntry.body: .text("This morning."),
                        Fields.JournalEntry.date: .text("2026-11-25"),
                    ])))
    }

    private func restatedSections() throws -> Int? {
        try harness.hub.database.read { store in
            try Int.fetchOne(
                store.database,
                sql: "SELECT count(*) FROM section WHERE restatement IS NOT NULL")
        }
    }

    /// What becomes of one change of the entry.
    private func refusal(
        of operation: Change.Operation, _ field: FieldID = .life, by device: RawDevice
    ) throws -> RefusalReason? {
        let change = Change(
            record: entry, entity: Schema.journalEntry.id, field: field, operation: operation)
        let batch = device.batch(scope, [change])
        return try harness.refusal(of: batch, in: harness.push(device, batch))
    }

    @Test func whoMayNotEraseErasesNothing() throws {
        #expect(try refusal(of: .erase, by: mentor) == .notAllowed)
        #expect(try restatedSections() == 0)
        #expect(try refusal(of: .erase, by: participant) == nil)
        #expect(try restatedSections() == 1)
        #expect(try harness.hub.verify().fault == nil)
    }

    /// *Erased* is the hub's to say, of what was there.
    @Test func nobodySaysThatSomethingWasErased() throws {
        for device in [mentor, participant] {
            #expect(
                try refusal(of: .erased, Fields.JournalEntry.body, by: device) == .erased)
        }
        #expect(try restatedSections() == 0)
        #expect(try harness.hub.verify().fault == nil)
    }

    /// An erasure in one scope does not reach a record of the same id that its author cannot read.
    @Test func erasureOutsideOnesScopesIsRefused() throws {
        let stranger = try harness.join(.participant, name: "stranger")
        #expect(try refusal(of: .erase, by: stranger) != nil)
        #expect(try restatedSections() == 0)
    }

    /// The hub goes through a scope once for a batch, whatever is erased in it how often; else these
    /// would take it minutes, in which nobody else is answered.
    @Test func erasuresOfOneBatchCostOneWalk() throws {
        for number in 0..<400 {
            let task = participant.newID()
            let changes = participant.create(
                Schema.task, task, [Fields.Task.title: .text("Task \(number)")])
            try harness.push(participant, participant.batch(scope, changes))
        }
        let erase = Change(
            record: entry, entity: Schema.journalEntry.id, field: .life, operation: .erase)
        let batch = participant.batch(scope, Array(repeating: erase, count: Limits.batchRulingsMax))
        let start = ContinuousClock.now
        #expect(try harness.refusal(of: batch, in: harness.push(participant, batch)) == nil)
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try restatedSections() == 1)
        #expect(try harness.hub.verify().fault == nil)
    }
}
