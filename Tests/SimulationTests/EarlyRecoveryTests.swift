import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// A hub that was set back at a moment when that matters most: it speaks before anybody has given
/// back anything, or is heard of only once.
@Suite(.timeLimit(.minutes(10))) struct EarlyRecoveryTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 2)
    }

    /// The laptop has heard that places are lost, and then nothing more of the hub.
    @Test func laptopThatHearsNothingMoreIsSound() async throws {
        let backup = try programme.backup()
        for title in ["first", "second"] {
            for laptop in [mia, pia] {
                try laptop.replica.act("task add", at: programme.now(laptop)) { [pia] action in
                    _ = try action.create(
                        Schema.task, in: .participant(pia.member),
                        values: [
                            Fields.Task.title: .text(title), Fields.Task.status: .integer(1),
                        ])
                }
            }
            try await programme.syncAll(rounds: 2)
        }
        try programme.restore(backup)
        var report = SyncReport()
        let event = try programme.exchange(pia, &report)
        #expect(event == .lacking)
        #expect(try pia.replica.examine().faults == [])
        try await programme.syncAll()
        try expectSound()
    }

    /// It said that it had received a batch, and the laptop was cut off before it heard the decision.
    /// What continues that batch is no sign that the laptop was copied.
    @Test func itLacksABatchThatItOnceReceived() async throws {
        try programme.cutPages(atBytes: 500)
        try await programme.writePages(by: pia)
        let backup = try programme.backup()
        let task = try programme.addTask("first", by: mia, for: pia)
        var report = SyncReport()
        let event = try programme.exchange(mia, &report)
        #expect(event == .paged(more: true, unsent: false))
        try programme.restore(backup)
        _ = try programme.addTask("second", by: mia, for: pia)
        let device = mia.replica.identity.device
        try await programme.sync(mia)
        #expect(mia.replica.identity.device == device)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.titles(on: pia) == ["first", "second"])
        #expect(try pia.replica.read { try $0.record(task, of: Schema.task) } != nil)
    }

    /// What the laptop gave back is lost once more, with the word that a scope has left it and taken
    /// the laptop's own work along.
    @Test func itIsSetBackTwiceAndGivesAScopeBack() async throws {
        _ = try programme.addTask("Read", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.sync(mia)
        #expect(try programme.titles(on: mia).isEmpty)

        try programme.restore(backup)
        var report = SyncReport()
        var event = try programme.exchange(mia, &report)
        #expect(event == .lacking)
        repeat {
            let request = try mia.replica.givingBackRequest(
                now: programme.now(mia), boot: 0, showsCertificate: false)
            event = try mia.replica.applyGivingBack(
                programme.hub.sync(request.bytes, now: programme.hubTime), to: request,
                report: &report)
        } while event == .gaveBack(more: true)
        try programme.dropAdmitted(on: mia)
        try programme.restore(backup)
        try await programme.sync(mia)
        #expect(try programme.titles(on: mia) == ["Read"])
        try await programme.syncAll()
        try expectSound()
    }

    /// The same, when nobody gives the scope back: the hub has nothing of a batch of which the laptop
    /// has no longer all, or only the header, and which others of its batches continue.
    @Test(arguments: [true, false])
    func itIsSetBackTwiceAndLacksABatchOfWhichTheLaptopLacksMore(hasAPart: Bool) async throws {
        let backup = try programme.backup()
        _ = try programme.addTask("Read", by: mia, for: pia)
        if !hasAPart { try await programme.sync(mia) }
        try programme.writeEntry("private", by: mia)
        try await programme.syncAll(rounds: 2)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.sync(mia)
        #expect(try programme.titles(on: mia).isEmpty)
        try programme.writeEntry("later", by: mia)
        try await programme.sync(mia)

        try programme.restore(backup)
        try programme.dropAdmitted(on: mia)
        try programme.end(mentorship)
        let report = try await programme.sync(mia)
        #expect(report.refusedBatches.isEmpty)
        #expect(report.rejected.isEmpty)
        try await programme.syncAll()
        let problems = try programme.problems().filter { !$0.hasPrefix("Mia: made") }
        #expect(problems.isEmpty, "\(problems)")
        let bodies = try mia.replica.read { reader in
            try reader.records(of: Schema.journalEntry)
                .compactMap { $0.text(Fields.JournalEntry.body) }.sorted()
        }
        #expect(bodies == ["later", "private"])
        #expect(try programme.titles(on: pia) == ["Read"])
    }

    /// What the laptop wrote had left it with the scope, and the hub has lost it. The scope comes back
    /// without it; then somebody else brings it.
    @Test(arguments: [true, false])
    func itGetsWorkBackFromOthersThatHasLeftItsAuthor(scopeIsOpen: Bool) async throws {
        if scopeIsOpen {
            _ = try programme.addTask("before", by: pia, for: pia)
            try await programme.syncAll(rounds: 2)
        }
        let before = scopeIsOpen ? ["before"] : []
        let backup = try programme.backup()
        _ = try programme.addTask("Read", by: mia, for: pia)
        try await programme.syncAll(rounds: 2)
        let mentorship = try #require(
            try pia.replica.read { try $0.records(of: Schema.mentorship) }.first)
        try programme.end(mentorship)
        try await programme.sync(mia)
        try programme.restore(backup)
        try await programme.sync(mia)
        try programme.assign(mia, pia)
        try await programme.sync(mia)
        #expect(try programme.titles(on: mia) == before)
        let made = try programme.changesNumbered(by: mia)
        #expect(try programme.account(of: mia).made == made)

        try await programme.sync(pia)
        try await programme.sync(mia)
        #expect(try programme.titles(on: mia) == ["Read"] + before)
        #expect(try programme.account(of: mia).made == made)
        try await programme.syncAll()
        try expectSound()
    }

    private func expectSound() throws {
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// It had opened an epoch and said nothing in it when its folder was copied.
    @Test func itsCopyIsPutBackTwice() async throws {
        try programme.putBack(programme.copyFolder())
        let copy = try programme.copyFolder()
        var epochs: Set<UInt32> = []
        for _ in 0..<3 {
            epochs.insert(try programme.hub.status().position.epoch)
            try programme.putBack(copy)
        }
        #expect(epochs.count == 3)
    }

    @Test func itInvitesSomebody() async throws {
        try programme.wipeHub()
        _ = try programme.hub.invite(
            .admin, email: "new@example.org", name: nil, validMilliseconds: 86_400_000,
            now: programme.hubTime)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }

    /// By an invitation of an epoch that is lost, and later than the one in which it is redeemed.
    @Test func itLetsSomebodyInWhoseIDIsOfALaterEpoch() async throws {
        try programme.wipeHub()
        let late = try programme.join("Late", as: .participant)
        let epoch = try programme.hub.status().position.epoch
        repeat { try programme.wipeHub() } while try programme.hub.status().position.epoch >= epoch
        try await programme.sync(late)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        let slot = try programme.addSlot(inHours: 5, isInstant: true, by: mia)
        for laptop in [mia, late] { try await programme.sync(laptop) }
        try late.replica.act("booking request", at: programme.now(late)) { [mia] action in
            _ = try action.create(
                Schema.booking, in: .pair(mentor: mia.member, participant: late.member),
                values: [Fields.Booking.slot: .reference(slot)])
        }
        try await programme.sync(late)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        #expect(try Array(programme.bookings(late).values) == [.confirmed])
        try expectSound()
    }

    /// What the hub has lost it had received by a clock that was two days ahead.
    @Test func itsOrderTimeDoesNotRunBackBehindWhatComesBack() async throws {
        let backup = try programme.backup()
        programme.pass(milliseconds: 2 * 86_400_000)
        try pia.replica.act("profile set", at: programme.now(pia)) { [pia] action in
            try action.set(
                Fields.Profile.bio, of: pia.member.recordID, Schema.profile, in: .programme,
                to: .text("of the day after tomorrow"))
        }
        try await programme.sync(pia)
        let received = try programme.hub.status().lastTime
        programme.pass(milliseconds: -2 * 86_400_000)
        try programme.restore(backup)
        #expect(try programme.hub.status().lastTime < received)
        try await programme.syncAll()
        #expect(try programme.hub.status().lastTime == received)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }

    /// An invitation for a further laptop comes before anything of its member.
    @Test func itIsAskedToLetInALaptopOfSomebodyItHasLost() async throws {
        let second = try programme.joinAgain(pia)
        try programme.wipeHub()
        let error = await #expect(throws: HubError.self) { try await programme.sync(second) }
        #expect(error?.code == "recovering")
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }

    /// Somebody was let in, and everything of that is lost: whoever has the invitation may have got it
    /// from them, also when the recovery has ended. Another one lets them in, and their work goes along.
    @Test func itLetsNobodyInWhomItMayHaveLetInBefore() async throws {
        let paul = try programme.join("Paul", as: .participant)
        try programme.writeEntry("private", by: paul)
        programme.pass(milliseconds: 1000)
        try programme.wipeHub()
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        var error = await #expect(throws: HubError.self) { try await programme.sync(paul) }
        #expect(error?.code == "recovering")
        try programme.hub.endRecovery(now: programme.hubTime)
        error = await #expect(throws: HubError.self) { try await programme.sync(paul) }
        #expect(error?.code == "tokenRevoked")

        let issued = try programme.hub.invite(
            .participant, email: "paul@example.org", name: nil, validMilliseconds: 86_400_000,
            now: programme.hubTime)
        let (invitation, bearer) = try InvitationToken.read(issued.text)
        try await paul.replica.join(
            anew: Replica.Joining(
                invitation: invitation, bearer: bearer, name: "Paul", deviceName: "laptop",
                hubURL: invitation.hubURL), now: programme.now(paul))
        try await programme.syncAll()
        try expectSound()
        let entries = try paul.replica.read { try $0.records(of: Schema.journalEntry) }
        #expect(entries.map { $0.text(Fields.JournalEntry.body) } == ["private"])
    }

    /// The laptop never heard that it was let in; others have, and the word that its invitation was
    /// redeemed is one for admins, of whom nobody comes.
    @Test func itKnowsALaptopAgainThatAsksToBeLetIn() async throws {
        let second = try programme.joinAgain(pia)
        _ = try programme.hub.redeem(
            second.replica.redemptionRequest(), now: programme.hubTime)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.wipeHub()
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try await programme.sync(second)
        #expect(second.replica.identity.isRedeemed)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }

    /// The first laptop to come has nothing but its certificate.
    @Test func itLetsSomebodyInWhoHasNothingToGiveBack() async throws {
        let paul = try programme.join("Paul", as: .participant)
        try paul.replica.applyRedemption(
            programme.hub.redeem(paul.replica.redemptionRequest(), now: programme.hubTime))
        try programme.wipeHub()
        try await programme.sync(paul)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }
}
