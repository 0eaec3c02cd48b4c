import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// A member may ask for more at once than the hub can answer in one batch of its own.
@Suite(.timeLimit(.minutes(5))) struct ManyRulingsTests {
    private let stage: BookingStage

    init() throws {
        stage = try BookingStage(participants: 1)
    }

    /// Pushes one batch with so many requests for a slot. Returns them, and whether it was admitted.
    private func ask(
        for slot: RecordID, count: Int = Limits.batchRulingsMax
    ) throws -> (requests: [RecordID], receipt: SyncAnswer.Receipt?) {
        let device = stage.participants[0]
        var requests: [RecordID] = []
        let sets = (0..<count).map { _ in
            let id = device.newID()
            requests.append(id)
            return [
                (
                    stage.scope(0),
                    device.create(Schema.booking, id, [Fields.Booking.slot: .reference(slot)])
                )
            ]
        }
        let answer = try stage.harness.push(device, device.batch(sets))
        return (requests, answer.receipts.first)
    }

    private var unknownSlot: RecordID {
        RecordID(device: stage.mentor.device, counter: 1 << 40)
    }

    private func expectAllInState(_ state: BookingState, _ requests: [RecordID]) throws {
        let states = try stage.states(requests)
        #expect(states.allSatisfy { $0 == state }, "\(Set(states))")
    }

    @Test func eachRequestOfOneBatchGetsItsVerdict() throws {
        let (requests, receipt) = try ask(for: unknownSlot)
        #expect(receipt?.outcome == .admitted)
        try expectAllInState(.refused, requests)
        #expect(try stage.isSound())
    }

    @Test func batchThatAsksForMoreIsRefused() throws {
        let (requests, receipt) = try ask(for: unknownSlot, count: Limits.batchRulingsMax + 1)
        #expect(receipt?.outcome == .refused)
        #expect(receipt?.code == "tooLarge")
        #expect(try stage.states(requests).allSatisfy { $0 == nil })
        #expect(try stage.isSound())
    }

    /// Verdicts on them do not fit into one section. They would come again and again, whenever the hub looks what is due.
    @Test func requestsThatHaveGatheredAreAllDecided() throws {
        let start = stage.harness.time.milliseconds
        let slot = try stage.slot(
            inMinutes: 300,
            [
                Fields.Slot.decideAt: .integer(start + 60 * 60_000),
                Fields.Slot.order: .integer(RequestOrder.earliest.rawValue),
            ])
        let requests = try ask(for: slot).requests + ask(for: slot).requests
        try expectAllInState(.requested, requests)
        try stage.pass(minutes: 60)
        let states = try stage.states(requests)
        #expect(states.filter { $0 == .confirmed }.count == 1)
        #expect(states.filter { $0 == .refused }.count == requests.count - 1)
        #expect(try stage.isSound())
    }

    @Test func whatIsSaidIsDividedWithoutLosingAnything() {
        let scopes = (0..<3_000).map { number in
            Scope.own(MemberID(RecordID(device: DeviceID(rawValue: 7), counter: UInt64(number))))
        }
        let record = RecordID(device: DeviceID(rawValue: 7), counter: 1)
        func set(_ scope: Scope, _ text: String, count: Int) -> Ledger.HubChangeSet {
            let change = Change(
                record: record, entity: Schema.task.id, field: Fields.Task.title,
                operation: .set(.text(text)))
            return Ledger.HubChangeSet([(scope, Array(repeating: change, count: count))])
        }
        let long = String(repeating: "a", count: Limits.valueBytesMax)
        let sets =
            scopes.map { set($0, "short", count: 1) }
            + (0..<3_000).map { _ in set(scopes[0], "short", count: 7) }
            + (0..<100).map { _ in set(scopes[1], long, count: 1) }
        let batches = sets.dividedIntoBatches()
        #expect(batches.flatMap(\.self) == sets)
        for batch in batches {
            let parts = batch.flatMap(\.parts)
            #expect(Set(parts.map(\.scope)).count <= Limits.batchSectionsMax)
            #expect(parts.flatMap(\.changes).count <= Limits.sectionChangesMax)
        }
        #expect(batches.count > 5)
        #expect([Ledger.HubChangeSet]().dividedIntoBatches().isEmpty)
    }
}
