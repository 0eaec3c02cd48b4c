import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Places and sizes that no honest device has ever seen.
@Suite(.timeLimit(.minutes(10))) struct HostilePositionTests {
    private let harness: HubHarness
    private let device: RawDevice
    private static let large = Position(epoch: 1, number: 1 << 63)

    init() throws {
        harness = try HubHarness()
        device = try harness.join(.participant, name: "participant")
    }

    private func code(of change: (inout SyncRequest) -> Void) -> String? {
        var request = device.request()
        change(&request)
        let error = #expect(throws: (any Error).self) {
            try harness.hub.sync(
                request.sealed(by: device.key).encodedBytes, now: harness.time)
        }
        return error.map { HubError(describing: $0).code }
    }

    private func change() -> [Change] {
        device.create(
            Schema.journalEntry, device.newID(),
            [Fields.JournalEntry.date: .text("2026-11-25")])
    }

    @Test func requestOfAPlaceThatFitsNoColumnIsMalformed() throws {
        #expect(code { $0.erased = Position(epoch: 0, number: 1 << 63) } == "malformed")
        let scope = Scope.own(device.member)
        try harness.push(device, device.batch(scope, change()))
        let place = try harness.hub.status().position
        #expect(
            code {
                $0.position = place
                $0.history = [
                    HistoryCursor(scope: scope, position: .start, through: Self.large)
                ]
            } == "malformed")
        #expect(code { $0.position = Self.large } == "malformed")
    }

    /// In a later epoch the hub looks for the place among those that it has.
    @Test func contextThatFitsNoColumnIsMalformed() throws {
        try harness.hub.database.write { store in
            try harness.hub.ledger(store, at: harness.time).openEpoch()
        }
        let batch = device.batch(
            [[(.own(device.member), change())]], context: Self.large)
        var request = device.request([batch])
        request.challenge = try harness.push(device, batch).challenge
        let answer = try device.open(
            harness.hub.sync(request.sealed(by: device.key).encodedBytes, now: harness.time),
            request)
        let receipt = try #require(answer.receipts.first)
        #expect(receipt.outcome == .refused)
        #expect(receipt.code == "malformed")
    }

    /// Restated, such a batch would fit into no answer.
    @Test func sectionsOfABatchAreBoundedTogether() throws {
        func creations(_ count: Int) -> [Change] {
            (0..<count).flatMap { _ in
                device.create(
                    Schema.journalEntry, device.newID(),
                    [
                        Fields.JournalEntry.body: .text(String(repeating: "a", count: 200_000)),
                        Fields.JournalEntry.date: .text("2026-11-25"),
                    ])
            }
        }
        let scopes = [Scope.own(device.member), .participant(device.member)]
        let large = device.batch([scopes.map { ($0, creations(22)) }])
        #expect(large.size.inflatedBytes > Limits.sectionInflatedBytesMax)
        #expect(large.encodedBytes.count < Limits.batchBytesMax)
        let receipt = try #require(try harness.push(device, large).receipts.first)
        #expect(receipt.outcome == .refused)
        #expect(receipt.code == "tooLarge")
    }
}
