import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Two histories of one device, as a laptop restored from a backup would write them.
@Suite struct ForkedChainTests {
    private let harness: HubHarness
    private let device: RawDevice

    init() throws {
        harness = try HubHarness()
        device = try harness.join(.participant)
    }

    private func entry() -> SealedBatch {
        device.batch(
            .own(device.member),
            device.create(
                Schema.journalEntry, device.newID(),
                [
                    Fields.JournalEntry.body: .text("body"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ]))
    }

    private func entryCount() throws -> Int {
        try harness.hub.database.read { try $0.count("SELECT count(*) FROM journalEntry") }
    }

    /// A batch with the right number that follows another one than the hub has.
    private func strayed(from batch: SealedBatch, after previous: Digest) -> SealedBatch {
        SealedBatch.seal(
            programme: device.programme, sequence: 2, previous: previous, context: .start,
            schemaVersion: Schema.version, sections: batch.sections, key: device.key)
    }

    @Test func batchThatFollowsAnotherPredecessorIsRefusedWhole() throws {
        try harness.push(device, entry())
        let second = entry()
        for previous in [second.id, RawDevice.digestOfNothing] {
            let stray = strayed(from: second, after: previous)
            let receipt = try #require(try harness.push(device, stray).receipts.first)
            #expect(receipt.outcome == .refused)
            #expect(receipt.code == "chainBroken")
        }
        #expect(try entryCount() == 1)
        // Nothing of it was taken: the true successor finds its place.
        let receipt = try #require(try harness.push(device, second).receipts.first)
        #expect(receipt.outcome == .admitted)
        #expect(try entryCount() == 2)
        #expect(try harness.hub.verify().fault == nil)
    }
}
