import GRDB
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// What a hub does with batches of a newer schema once it has been updated.
@Suite struct ParkingTests {
    private let harness: HubHarness
    private let mentor: RawDevice
    private let participant: RawDevice
    private let scope: Scope

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
        scope = .participant(participant.member)
    }

    private func task(_ title: String) -> [Change] {
        mentor.create(
            Schema.task, mentor.newID(),
            [
                Fields.Task.title: .text(title),
                Fields.Task.status: .integer(TaskStatus.open.rawValue),
            ])
    }

    /// Parks batches as a hub of an older schema has done.
    private func park(_ batches: SealedBatch...) throws {
        try harness.hub.database.write { store in
            for batch in batches { try store.park(batch, header: batch.header()) }
        }
    }

    private func titles() throws -> [String] {
        try harness.hub.database.read {
            try String.fetchAll($0.database, sql: "SELECT title FROM task ORDER BY title")
        }
    }

    private func waiting() throws -> Int { try harness.hub.status().waiting }

    @Test func updatedHubAdmitsWhatItParked() throws {
        let first = mentor.batch(scope, task("first"))
        let second = mentor.batch(scope, task("second"))
        try park(first, second)
        #expect(try harness.hub.admitParked(now: harness.time) == 2)
        #expect(try titles() == ["first", "second"])
        #expect(try waiting() == 0)
        // Its device goes on from there, and hears where its batches stand.
        let third = mentor.batch(scope, task("third"))
        let answer = try harness.push(mentor, first, second, third)
        #expect(answer.receipts.map(\.outcome) == [.known, .known, .admitted])
        #expect(try harness.hub.verify().fault == nil)
    }

    /// Others may bring the decision that was made on it before the hub was set back.
    @Test func itWaitsWhileTheHubRecovers() throws {
        let first = mentor.batch(scope, task("first"))
        try park(first)
        try harness.hub.database.write { store in
            let ledger = try harness.hub.ledger(store, at: harness.time)
            try ledger.openEpoch()
            try ledger.beginRecovery(at: ledger.orderTime(harness.time))
        }
        #expect(try harness.hub.admitParked(now: harness.time) == 0)
        #expect(try waiting() == 1)
        try harness.hub.endRecovery(now: harness.time)
        #expect(try harness.hub.admitParked(now: harness.time) == 1)
        #expect(try harness.hub.verify().fault == nil)
    }

    /// It was parked under the laptop's former key, which asks for nothing any more.
    @Test func workOfAFormerKeyIsAdmittedWhenTheRecoveryHasEnded() throws {
        try park(mentor.batch(scope, task("first")))
        let later = try harness.rekey(mentor)
        try harness.hub.database.write { store in
            let ledger = try harness.hub.ledger(store, at: harness.time)
            try ledger.openEpoch()
            try ledger.beginRecovery(at: ledger.orderTime(harness.time))
        }
        #expect(try harness.hub.admitParked(now: harness.time) == 0)
        try harness.hub.endRecovery(now: harness.time)
        let answer = try harness.push(later)
        var request = later.request()
        request.challenge = answer.challenge
        _ = try harness.hub.sync(request.sealed(by: later.key).encodedBytes, now: harness.time)
        #expect(try waiting() == 0)
        #expect(try titles() == ["first"])
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func whatIsNewerStillWaitsWithAllAfterIt() throws {
        let known = mentor.batch(scope, task("known"))
        let newer = mentor.batch(
            [[(scope, task("newer"))]], schemaVersion: Schema.version + 1)
        let after = mentor.batch(scope, task("after"))
        try park(known, newer, after)
        #expect(try harness.hub.admitParked(now: harness.time) == 1)
        #expect(try titles() == ["known"])
        #expect(try waiting() == 2)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func suspendedMemberWaitsAndRevokedDeviceIsDropped() throws {
        try park(mentor.batch(scope, task("of a suspended member")))
        try harness.hub.suspend(mentor.member, now: harness.time)
        #expect(try harness.hub.admitParked(now: harness.time) == 0)
        #expect(try waiting() == 1)

        let other = try harness.join(.mentor, name: "other")
        let entry = other.create(
            Schema.journalEntry, other.newID(),
            [
                Fields.JournalEntry.body: .text("of a revoked device"),
                Fields.JournalEntry.date: .text("2026-11-21"),
            ])
        try park(other.batch(.own(other.member), entry))
        try harness.hub.revoke(other.device, isStolen: true, now: harness.time)
        #expect(try harness.hub.admitParked(now: harness.time) == 0)
        #expect(try waiting() == 1)
        #expect(try titles().isEmpty)
        #expect(try harness.hub.verify().fault == nil)
    }

    /// What waits of somebody who was suspended while the hub was updated waits for no restart.
    @Test func reinstatedMemberGoesOnAtTheNextSync() throws {
        let first = mentor.batch(scope, task("first"))
        try park(first)
        try harness.hub.suspend(mentor.member, now: harness.time)
        #expect(try harness.hub.admitParked(now: harness.time) == 0)
        try harness.hub.reinstate(mentor.member, now: harness.time)
        let second = mentor.batch(scope, task("second"))
        let answer = try harness.push(mentor, second)
        #expect(answer.receipts.map(\.outcome) == [.admitted])
        #expect(try titles() == ["first", "second"])
        #expect(try waiting() == 0)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func updatedHubWorksItsTablesOutAnew() throws {
        try harness.push(mentor, mentor.batch(scope, task("kept")))
        let folder = harness.hub.folder
        try harness.hub.database.write { store in
            try store.database.execute(sql: "UPDATE task SET title = 'of an older program'")
            try store.tables.meta.set(.schemaVersion, integer: 0)
        }
        let updated = try Hub.open(folder)
        #expect(try titles() == ["kept"])
        #expect(try updated.verify().fault == nil)
        try updated.close()
    }

    @Test func databaseOfALaterProgramIsRefused() throws {
        let folder = harness.hub.folder
        try harness.hub.database.write {
            try $0.tables.meta.set(.schemaVersion, integer: Int64(Schema.version) + 1)
        }
        let refused = #expect(throws: HubError.self) { try Hub.open(folder) }
        #expect(refused?.reason == .newerVersion)
        try harness.hub.database.write {
            try $0.tables.meta.set(.schemaVersion, integer: Int64(Schema.version))
            try $0.hubMeta.set(.schemaVersion, integer: 1_000)
        }
        #expect(throws: HubError.self) { try Hub.open(folder) }
    }
}
