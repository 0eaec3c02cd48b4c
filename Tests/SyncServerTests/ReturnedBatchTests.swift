import Cryptography
import Foundation
import GRDB
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// What a restored hub takes back, and what it does not: only what it has signed itself.
@Suite(.timeLimit(.minutes(10))) struct ReturnedBatchTests {
    private let harness: HubHarness
    private let restored: Hub
    private let mentor: RawDevice
    private let lost: SyncAnswer.Entry
    private let batch: SealedBatch

    init() throws {
        harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        self.mentor = mentor
        let file = harness.folder + "/backup"
        _ = try harness.hub.backup(to: file, now: harness.time)
        batch = mentor.batch(
            .participant(participant.member),
            mentor.create(
                Schema.task, mentor.newID(),
                [Fields.Task.title: .text("t"), Fields.Task.status: .integer(1)]))
        try harness.push(mentor, batch)
        let sequence = try batch.header().sequence
        lost = try harness.hub.database.read {
            try $0.entry(device: mentor.device, sequence: sequence, sections: nil)
        }
        let folder = HubFolder(harness.folder + "/restored")
        _ = try Hub.restore(from: file, to: folder)
        restored = try Hub.open(folder)
        harness.pass(60_000)
        try restored.beginServing(now: harness.time)
    }

    private func give(_ entry: SyncAnswer.Entry) throws -> SyncAnswer {
        var request = mentor.request(position: Position(epoch: 1, number: 999))
        request.returned = [entry]
        return try mentor.open(
            restored.sync(request.sealed(by: mentor.key).encodedBytes, now: harness.time), request)
    }

    private func titles() throws -> [String] {
        try restored.database.read { try $0.texts("SELECT title FROM task") }
    }

    /// An admin does something before anybody serves a folder that was put back.
    @Test func commandOnAFolderThatWasPutBackOpensAnEpoch() throws {
        try restored.close()
        let copy = HubFolder(restored.folder.path + "-copy")
        try FileManager.default.copyItem(atPath: restored.folder.path, toPath: copy.path)
        let hub = try Hub.open(copy)
        let before = try hub.status().position.epoch
        try hub.suspend(mentor.member, now: harness.time)
        let after = try hub.status().position.epoch
        #expect(after > before)
        try hub.reinstate(mentor.member, now: harness.time)
        #expect(try hub.status().position.epoch == after)
        try hub.beginServing(now: harness.time)
        #expect(try hub.status().position.epoch == after)
        #expect(try hub.verify().fault == nil)
    }

    /// A revocation of the record under which a device was let in again holds.
    @Test func deviceThatWasRevokedSinceStaysRevoked() throws {
        let own = try #require(
            try harness.hub.database.read { try $0.device(mentor.device) })
        let later = RecordID(device: restored.device, counter: 4_711)
        try restored.database.write { store in
            try store.database.execute(
                sql: "UPDATE hubDevice SET record = ? WHERE device = ?",
                arguments: [Data(later.bytes), mentor.device.column])
            try store.database.execute(
                sql: """
                    INSERT INTO device (id, scope, life, createdAt, updatedAt, cells, revocation)
                    SELECT ?, scope, life, createdAt, updatedAt, cells, 1 FROM device WHERE id = ?
                    """, arguments: [Data(later.bytes), Data(own.record.bytes)])
            try store.restoreDevice(mentor.device, record: own.record, member: mentor.member)
        }
        #expect(try restored.database.read { try $0.device(mentor.device)?.record } == later)
    }

    @Test func entryIsTakenOnce() throws {
        let answer = try give(lost)
        #expect(answer.receipts.map(\.outcome) == [.admitted])
        #expect(answer.lacking?.epoch == 1)
        #expect(answer.recovering)
        #expect(try titles() == ["t"])
        let position = try restored.status().position
        #expect(try give(lost).receipts.map(\.outcome) == [.known])
        #expect(try restored.status().position == position)
        #expect(try restored.verify().fault == nil)
    }

    @Test func decisionThatTheHubDidNotSignIsRefused() throws {
        let admission = try lost.admission.verify(
            hubKey: harness.hub.key.publicKey, isWhole: true)
        let forged = SignedAdmission.sign(admission, key: SigningKey())
        let answer = try give(SyncAnswer.Entry(batch: batch, admission: forged))
        #expect(answer.receipts.map(\.code) == ["badSignature"])
        #expect(try titles() == [])
    }

    @Test func batchThatItsAuthorDidNotSignIsRefused() throws {
        let header = batch.headerBytes
        let signature = SigningKey().sign(header, domain: SignatureDomain("waymark batch v1"))
        let forged = SealedBatch(
            headerBytes: header, signature: signature, sections: batch.sections)
        let answer = try give(SyncAnswer.Entry(batch: forged, admission: lost.admission))
        #expect(answer.receipts.map(\.code) == ["badSignature"])
        #expect(try titles() == [])
    }

    @Test func decisionOnAnotherBatchIsRefused() throws {
        let other = mentor.batch(
            .slots(of: mentor.member),
            mentor.create(Schema.slot, mentor.newID(), [Fields.Slot.start: .integer(0)]))
        let answer = try give(SyncAnswer.Entry(batch: other, admission: lost.admission))
        #expect(answer.receipts.map(\.outcome) == [.refused])
        #expect(try titles() == [])
    }

    @Test func hubRefusesOlderInvitationsWhileItRecovers() throws {
        let issued = try harness.hub.invite(
            .mentor, email: "late@example.org", name: nil, validMilliseconds: HubHarness.day,
            now: HubTime(milliseconds: harness.time.milliseconds - 60_000))
        let redemption = try HubHarness.redemption(issued.text, key: SigningKey())
        let error = #expect(throws: HubError.self) {
            try restored.redeem(redemption, now: harness.time)
        }
        #expect(error?.reason == .recovering)
        let fresh = try restored.invite(
            .mentor, email: "new@example.org", name: nil, validMilliseconds: HubHarness.day,
            now: HubTime(milliseconds: harness.time.milliseconds + 1000))
        _ = try restored.redeem(
            HubHarness.redemption(fresh.text, key: SigningKey()),
            now: HubTime(milliseconds: harness.time.milliseconds + 2000))
        #expect(try restored.verify().fault == nil)
    }

    @Test func recoveryEndsOnce() throws {
        try restored.endRecovery(now: harness.time)
        #expect(throws: HubError.self) { try restored.endRecovery(now: harness.time) }
        #expect(try !give(lost).recovering, "a late return begins no other recovery")
        #expect(try titles() == ["t"])
        #expect(try restored.verify().fault == nil)
    }

    @Test func folderThatIsThereAndFilesThatAreNoBackupsAreRefused() throws {
        let file = harness.folder + "/other"
        try Data("no backup".utf8).write(to: URL(fileURLWithPath: file))
        for (from, folder) in [
            (file, harness.folder + "/new"), (harness.folder + "/none", harness.folder + "/new"),
            (harness.folder + "/backup", restored.folder.path),
        ] {
            #expect(throws: (any Error).self) {
                _ = try Hub.restore(from: from, to: HubFolder(folder))
            }
        }
        #expect(!HubFolder(harness.folder + "/new").holdsHub)
    }
}
