import Cryptography
import Foundation
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct VerificationTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        let slot = mentor.slot(at: harness.time.milliseconds + 3_600_000)
        try harness.push(mentor, slot.batch)
        try harness.push(participant, participant.booking(slot.id, with: mentor.member).batch)
        try harness.push(
            mentor,
            mentor.batch(
                .participant(participant.member),
                mentor.create(
                    Schema.task, mentor.newID(),
                    [Fields.Task.title: .text("t"), Fields.Task.status: .integer(1)])))
    }

    private func tamper(_ sql: String) throws {
        try harness.hub.database.write { try $0.run(sql) }
    }

    @Test func honestHubIsSound() throws {
        let report = try harness.hub.verify()
        #expect(report.fault == nil)
        #expect(report.batches > 5)
        #expect(report.changes > 20)
    }

    @Test(arguments: [
        "UPDATE task SET title = 'other'",
        "UPDATE profile SET role = 3",
        "UPDATE seat SET seatNumber = 2",
        "DELETE FROM busy",
        "DELETE FROM scopeGrant WHERE fromNumber > 2",
        "UPDATE batch SET receipt = receipt + 1 WHERE number = 3",
        "UPDATE batch SET signature = zeroblob(64) WHERE number = 4",
        "UPDATE section SET bytes = zeroblob(80) WHERE number = 3",
        "UPDATE scope SET chain = zeroblob(32)",
        "DELETE FROM section WHERE number = 5",
        "UPDATE bookingStatus SET state = 3",
        "DELETE FROM batch WHERE number = 5",
        "UPDATE meta SET integer = integer - 1 WHERE name = 'positionNumber'",
    ])
    func tamperingIsFound(sql: String) throws {
        try tamper(sql)
        #expect(try harness.hub.verify().fault != nil)
    }

    /// SQLite's quick check does not see it, and the log and the tables are as they should be.
    @Test func damagedIndexIsFound() throws {
        let folder = HubFolder(harness.folder + "/copy")
        try folder.create()
        let file = harness.folder + "/copy.db"
        _ = try harness.hub.backup(to: file, now: harness.time)
        try harness.damage("sqlite_autoindex_batch_1", in: file, to: folder.databasePath)
        try FileManager.default.copyItem(
            atPath: harness.hub.folder.keyPath, toPath: folder.keyPath)
        let copy = try Hub.open(folder)
        let fault = try #require(try copy.verify().fault)
        #expect(fault.contains("sqlite_autoindex_batch_1"), "\(fault)")
        #expect(!fault.contains("\n"))
        try copy.close()
    }

    @Test func verificationLeavesNoFilesBehind() throws {
        let before = try leftovers()
        _ = try harness.hub.verify()
        #expect(try leftovers() == before)
    }

    private func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: harness.folder + "/hub").sorted()
    }

    @Test func backupIsOneSoundFileWithKeysThatKnowsWhatItIs() throws {
        let file = harness.folder + "/copy.db"
        let made = try harness.hub.backup(to: file, now: harness.time)
        let position = try harness.hub.status().position
        #expect(made.position == position)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        // Put where a hub looks for its database, the copy is a hub that knows it is a copy.
        let folder = HubFolder(harness.folder + "/copy")
        try folder.create()
        try FileManager.default.copyItem(atPath: file, toPath: folder.databasePath)
        try FileManager.default.copyItem(
            atPath: harness.hub.folder.keyPath, toPath: folder.keyPath)
        let copy = try Hub.open(folder)
        #expect(try copy.status().isBackup)
        #expect(try copy.verify().fault == nil)
        let names = try copy.database.read { try $0.texts("SELECT name FROM backupFile") }
        #expect(names == ["hub.key"])
        try copy.close()
        #expect(try !harness.hub.status().isBackup)
    }
}
