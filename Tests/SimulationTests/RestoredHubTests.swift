import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A hub that is restored from a backup gets back what laptops hold: what was decided stays decided,
/// nobody's work is lost, and nothing is overwritten by somebody who had not seen it.
@Suite(.timeLimit(.minutes(10))) struct RestoredHubTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop
    private let paul: Programme.Laptop

    init() async throws {
        (programme, mia, (pia, paul)) = try await Programme.ofThree()
    }

    // MARK: What people do

    private func addTask(_ title: String, by laptop: Programme.Laptop) throws -> RecordID {
        try programme.addTask(title, by: laptop, for: pia)
    }

    private func setTitle(
        _ title: String, of task: RecordID, by laptop: Programme.Laptop
    ) throws {
        try laptop.replica.act("task edit", at: programme.now(laptop)) { [pia] action in
            try action.set(
                Fields.Task.title, of: task, Schema.task, in: .participant(pia.member),
                to: .text(title))
        }
    }

    private func title(of task: RecordID, on laptop: Programme.Laptop) throws -> String? {
        try laptop.replica.read { try $0.record(task, of: Schema.task)?.text(Fields.Task.title) }
    }

    private func addSlot(inHours hours: Int64, isInstant: Bool = true) throws -> RecordID {
        try programme.addSlot(inHours: hours, isInstant: isInstant, by: mia)
    }

    private func book(_ slot: RecordID, by laptop: Programme.Laptop) throws -> RecordID {
        try laptop.replica.act("booking request", at: programme.now(laptop)) { [mia] action in
            try action.create(
                Schema.booking, in: .pair(mentor: mia.member, participant: laptop.member),
                values: [Fields.Booking.slot: .reference(slot)])
        }
    }

    private func expectSound() throws {
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    // MARK: Work

    /// Also from a laptop that the hub has forgotten and that shows its certificate.
    @Test func nothingIsTakenBackFromASuspendedMember() async throws {
        let backup = try programme.backup()
        let second = try programme.joinAgain(pia)
        try await programme.sync(second)
        _ = try addTask("lost", by: second)
        try await programme.sync(second)
        try programme.restore(backup)
        try programme.hub.suspend(pia.member, now: programme.hubTime)
        let refused = await #expect(throws: HubError.self) { try await programme.sync(second) }
        #expect(refused?.reason == .memberSuspended)
        let kept = try programme.hub.database.read {
            try Int.fetchOne($0.database, sql: "SELECT count(*) FROM task") ?? 0
        }
        #expect(kept == 0)
        try programme.hub.reinstate(pia.member, now: programme.hubTime)
        try await programme.syncAll()
        #expect(try programme.titles(on: mia) == ["lost"])
        try expectSound()
    }

    @Test func lostWorkComesBackAndStaysReadable() async throws {
        let backup = try programme.backup()
        let task = try addTask("Read", by: mia)
        try programme.writeEntry("private", by: pia)
        try await programme.syncAll(rounds: 2)
        try programme.restore(backup)
        #expect(try programme.hub.status().isBackup == false)
        #expect(try programme.hub.recoveryStatus().isRecovering)

        let report = try await programme.sync(pia)
        #expect(report.returnedBatches > 0)
        #expect(report.hubIsRecovering)
        try await programme.syncAll()
        try expectSound()
        for laptop in [mia, pia] { #expect(try title(of: task, on: laptop) == "Read") }
        #expect(try programme.hub.status().position.epoch > 1)
    }

    @Test func laptopThatHasSeenNothingOfItGetsWhatOthersBring() async throws {
        let backup = try programme.backup()
        let task = try addTask("Read", by: mia)
        try await programme.sync(mia)
        try programme.restore(backup)
        // Pia stands at a place that the hub still has, and has nothing to give back.
        #expect(try await programme.sync(pia).returnedBatches == 0)
        #expect(try title(of: task, on: pia) == nil)
        try await programme.sync(mia)
        try await programme.sync(pia)
        #expect(try title(of: task, on: pia) == "Read")
        try await programme.syncAll()
        try expectSound()
    }

    /// Whoever writes after the restore cannot have seen what comes back later.
    @Test func editThatComesBackIsASiblingOfAnUnseenOne() async throws {
        let task = try addTask("Read", by: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        try setTitle("Mia's", of: task, by: mia)
        try await programme.sync(mia)
        try programme.restore(backup)
        try await programme.sync(pia)
        try setTitle("Pia's", of: task, by: pia)
        try await programme.sync(pia)
        try await programme.syncAll()
        try expectSound()
        for laptop in [mia, pia] {
            #expect(try laptop.replica.read { try $0.openConflictCount() } == 1)
        }
    }

    /// Whoever wrote before it had seen what they overwrote, whichever of the two comes back first.
    @Test(arguments: [true, false])
    func knowinglyOverwrittenEditStaysOverwritten(isEarlierFirst: Bool) async throws {
        let task = try addTask("Read", by: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        try setTitle("Mia's", of: task, by: mia)
        try await programme.sync(mia)
        try await programme.sync(pia)
        try setTitle("Pia's", of: task, by: pia)
        try await programme.sync(pia)
        // Written with the lost edit in sight, and not sent before the restore.
        try setTitle("Pia's last", of: task, by: pia)
        try programme.restore(backup)
        for laptop in isEarlierFirst ? [mia, pia] : [pia, mia] { try await programme.sync(laptop) }
        try await programme.syncAll()
        try expectSound()
        for laptop in [mia, pia] {
            #expect(try laptop.replica.read { try $0.openConflictCount() } == 0)
            #expect(try title(of: task, on: laptop) == "Pia's last")
        }
    }

    /// The author never heard the decision; a reader brings its part of the batch back.
    @Test func batchIsCompletedByAnAuthorWhoNeverHeardTheDecision() async throws {
        let backup = try programme.backup()
        let task = try addTask("Read", by: pia)
        try programme.writeEntry("private", by: pia)
        var road = Programme.Road()
        road.losesAnswer = 0
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: road)
        }
        try await programme.sync(mia)
        try programme.restore(backup)
        try await programme.sync(mia)
        try await programme.sync(pia)
        try await programme.syncAll()
        try expectSound()
        #expect(try title(of: task, on: mia) == "Read")
        let bodies = try pia.replica.read {
            try $0.records(of: Schema.journalEntry).compactMap {
                $0.text(Fields.JournalEntry.body)
            }
        }
        #expect(bodies == ["private"])
    }

    @Test func interruptedGivingBackGoesOn() async throws {
        let backup = try programme.backup()
        let task = try addTask("Read", by: mia)
        try await programme.sync(mia)
        try programme.restore(backup)
        for lost in 0..<5 {
            var road = Programme.Road()
            road.losesAnswer = lost
            road.doublesRequests = true
            do {
                try await programme.sync(mia, over: road)
            } catch is Programme.AnswerLost {}
        }
        try await programme.syncAll()
        try expectSound()
        #expect(try title(of: task, on: pia) == "Read")
    }

    // MARK: Members

    @Test func memberWhoJoinedSinceTheBackupIsLetInAgain() async throws {
        let backup = try programme.backup()
        let max = try programme.join("Max", as: .mentor)
        try await programme.sync(max)
        try programme.writeEntry("mine", by: max)
        try await programme.sync(max)
        try programme.restore(backup)
        try programme.writeEntry("unsent", by: max)
        let report = try await programme.sync(max)
        #expect(report.returnedBatches > 0)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.hub.members().count == 4)
    }

    /// Nothing is left of a laptop that joined and never synced but its certificate.
    @Test func laptopWithNothingButItsCertificateIsLetInAgain() async throws {
        let backup = try programme.backup()
        let max = try programme.join("Max", as: .mentor)
        try max.replica.applyRedemption(
            programme.hub.redeem(max.replica.redemptionRequest(), now: programme.hubTime))
        try programme.restore(backup)
        try await programme.sync(max)
        try await programme.syncAll()
        try expectSound()
    }

    // MARK: Bookings

    @Test func verdictThatComesBackStandsAndIsNotGivenAgain() async throws {
        let slot = try addSlot(inHours: 5)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        let booking = try book(slot, by: pia)
        try await programme.sync(pia)
        #expect(try programme.bookings(pia)[booking] == .confirmed)
        try programme.restore(backup)
        let rival = try book(slot, by: paul)
        try await programme.sync(paul)
        // The hub does not know yet whether the seat is promised.
        #expect(try programme.bookings(paul)[rival] == nil)
        #expect(try programme.hub.recoveryStatus().waiting == 1)
        try await programme.sync(pia)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        #expect(try programme.bookings(pia)[booking] == .confirmed)
        #expect(try programme.bookings(paul)[rival] == .refused)
        #expect(try programme.hub.recoveryStatus().oversold.isEmpty)
        #expect(try programme.hub.bookingProblems() == [])
        try expectSound()
    }

    @Test func seatSoldTwiceStaysWithBothAndIsListed() async throws {
        let slot = try addSlot(inHours: 5)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        let booking = try book(slot, by: pia)
        try await programme.sync(pia)
        try programme.restore(backup)
        let rival = try book(slot, by: paul)
        try await programme.sync(paul)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.sync(paul)
        #expect(try programme.bookings(paul)[rival] == .confirmed)

        // Months later.
        programme.pass(milliseconds: 60 * 86_400_000)
        try await programme.sync(pia)
        try await programme.syncAll()
        #expect(try programme.bookings(pia)[booking] == .confirmed)
        #expect(try programme.bookings(paul)[rival] == .confirmed)
        let status = try programme.hub.recoveryStatus()
        #expect(!status.isRecovering)
        #expect(status.oversold.map(\.slot) == [slot])
        #expect(Set(status.oversold[0].bookings.map(\.id)) == [booking, rival])
        #expect(status.doubleBooked.isEmpty)
        let taken = try mia.replica.read {
            try $0.record(slot, of: Schema.slot)?.integer(Fields.Slot.taken)
        }
        #expect(taken == 2)
        try expectSound()
    }

    @Test func requestThatComesBackLateWithoutAVerdictGetsOne() async throws {
        let slot = try addSlot(inHours: 5)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        let booking = try book(slot, by: pia)
        // The hub rules, and its answer is lost; what Mia gets is all that is left of it.
        var road = Programme.Road()
        road.losesAnswer = 0
        await #expect(throws: Programme.AnswerLost.self) {
            try await programme.sync(pia, over: road)
        }
        try programme.restore(backup)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.sync(pia)
        try await programme.syncAll()
        #expect(try programme.bookings(pia)[booking] == .confirmed)
        try expectSound()
    }

    // MARK: Other ways to be set back

    /// What was written between the two restores is held by one reader only, and the second hub has
    /// gone further than that reader had come.
    @Test func hubThatIsRestoredTwiceFromOneBackupGetsBothTimesBack() async throws {
        let backup = try programme.backup()
        let first = try addTask("first", by: mia)
        try await programme.sync(mia)
        try programme.restore(backup)
        try await programme.sync(mia)
        let second = try addTask("second", by: mia)
        try await programme.sync(mia)
        try await programme.sync(pia)
        try programme.restore(backup)
        for _ in 0..<12 {
            try programme.writeEntry("later", by: paul)
            try await programme.sync(paul)
        }
        // Mia's laptop is gone.
        for _ in 0..<2 {
            for laptop in [pia, paul] { try await programme.sync(laptop) }
        }
        for task in [first, second] { #expect(try title(of: task, on: pia) != nil) }
        try await programme.syncAll()
        try expectSound()
    }

    @Test(arguments: [true, false])
    func folderThatWasPutBackByHandIsRecognised(isNoticed: Bool) async throws {
        let copy = try programme.copyFolder()
        let task = try addTask("Read", by: mia)
        try await programme.sync(mia)
        try programme.putBack(copy, isNoticed: isNoticed)
        #expect(try !programme.hub.recoveryStatus().isRecovering)
        if isNoticed {
            // Others write before the one comes who knows of it.
            _ = try addTask("Later", by: pia)
            try await programme.sync(pia)
        }
        try await programme.sync(mia)
        #expect(try programme.hub.recoveryStatus().isRecovering)
        try await programme.syncAll()
        try expectSound()
        #expect(try title(of: task, on: pia) == "Read")
    }

    /// Nobody can tell that the folder was put back, and its places are given out again before the
    /// laptop comes that remembers them otherwise: at least its own work goes there again.
    @Test func ownWorkIsSentAgainWhereNobodyNoticed() async throws {
        let copy = try programme.copyFolder()
        try programme.writeEntry("private", by: pia)
        try await programme.sync(pia)
        try programme.putBack(copy, isNoticed: false)
        for number in 0..<3 {
            _ = try addTask("Task \(number)", by: mia)
            try await programme.sync(mia)
        }
        try await programme.syncAll()
        try expectSound()
        let bodies = try pia.replica.read {
            try $0.records(of: Schema.journalEntry).compactMap {
                $0.text(Fields.JournalEntry.body)
            }
        }
        #expect(bodies == ["private"])
    }

    @Test func wipedHubGetsEverythingBack() async throws {
        let task = try addTask("Read", by: mia)
        try programme.writeEntry("private", by: pia)
        let slot = try addSlot(inHours: 5)
        try await programme.syncAll(rounds: 2)
        let booking = try book(slot, by: pia)
        try await programme.syncAll(rounds: 2)
        try programme.wipeHub()
        try await programme.syncAll()
        #expect(try programme.hub.recoveryStatus().isRecovering)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.hub.members().count == 3)
        #expect(try title(of: task, on: pia) == "Read")
        #expect(try programme.bookings(pia)[booking] == .confirmed)
        #expect(try programme.bookings(mia)[booking] == .confirmed)
    }
}
