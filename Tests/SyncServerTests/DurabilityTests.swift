import Foundation
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// What the hub answered is in its files, and the files are written so that it stays there.
@Suite struct DurabilityTests {
    @Test func everyTransactionIsOnTheDiskWhenItEnds() throws {
        let harness = try HubHarness()
        let (synchronous, journal) = try harness.hub.database.write { store in
            (try store.count("PRAGMA synchronous"), try store.texts("PRAGMA journal_mode"))
        }
        // 2 is FULL: a commit waits for the disk, so it survives a power cut as well as a kill.
        #expect(synchronous == 2)
        #expect(journal == ["wal"])
    }

    /// The files as a kill would leave them, at the moment at which the device has its answer.
    @Test func filesHoldWhatWasAcknowledged() throws {
        let harness = try HubHarness()
        let device = try harness.join(.participant)
        let batch = device.batch(
            .own(device.member),
            device.create(
                Schema.journalEntry, device.newID(),
                [
                    Fields.JournalEntry.body: .text("body"),
                    Fields.JournalEntry.date: .text("2026-11-21"),
                ]))
        let receipt = try #require(try harness.push(device, batch).receipts.first)
        #expect(receipt.outcome == .admitted)

        let left = HubFolder(harness.folder + "/left")
        try left.create()
        let hub = harness.hub.folder
        try FileManager.default.copyItem(atPath: hub.keyPath, toPath: left.keyPath)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: hub.databasePath + suffix, toPath: left.databasePath + suffix)
        }
        let reopened = try Hub.open(left)
        let known = try reopened.database.read { try $0.tables.batch(id: batch.id) }
        #expect(known?.position == receipt.position)
        #expect(try reopened.verify().fault == nil)
        try reopened.close()
    }
}
