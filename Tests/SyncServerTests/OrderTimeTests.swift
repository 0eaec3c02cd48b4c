import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// The hub's own clock may be set back; its order does not follow.
@Suite struct OrderTimeTests {
    @Test func receiptsNeverRunBack() throws {
        let harness = try HubHarness()
        let device = try harness.join(.participant)
        func receiptOfAnEntry() throws -> HubTime {
            let batch = device.batch(
                .own(device.member),
                device.create(
                    Schema.journalEntry, device.newID(),
                    [
                        Fields.JournalEntry.body: .text("body"),
                        Fields.JournalEntry.date: .text("2026-11-21"),
                    ]))
            try harness.push(device, batch)
            return try harness.admission(of: batch).receipt
        }
        harness.pass(3_600_000)
        let before = try receiptOfAnEntry()
        #expect(before == harness.time)
        harness.pass(-7_200_000)
        #expect(try receiptOfAnEntry() == before)
        harness.pass(7_200_001)
        #expect(try receiptOfAnEntry() == harness.time)
    }
}
