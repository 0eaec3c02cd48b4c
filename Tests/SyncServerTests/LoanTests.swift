import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Escrow: what a mentor's laptop has on loan it gives away for good, and nobody else does. Every
/// race in both directions.
@Suite struct LoanTests {
    let stage: BookingStage

    init() throws {
        stage = try BookingStage()
    }

    private var mentor: RawDevice { stage.mentor }

    private func grant(_ booking: RecordID, _ slot: RecordID, of participant: Int)
        throws -> BookingStage.Ruled?
    {
        try stage.say(.grant, booking, of: participant, by: mentor, to: slot)
    }

    @Test func lentSlotIsNotSoldUntilItComesBack() throws {
        let slot = try stage.slot(inMinutes: 120)
        try stage.lend(slot, to: mentor)
        #expect(try stage.holder(slot) == mentor.device)
        let refused = try stage.request(slot, by: 0)
        #expect(try stage.verdict(on: refused, of: 0)?.reason == .slotLent)
        let waiting = try stage.request(slot, by: 1, waits: true)
        #expect(try stage.status(waiting)?.state == .waitlisted)
        try stage.lend(slot, to: mentor, isWanted: false)
        #expect(try stage.holder(slot) == nil)
        #expect(try stage.states([refused, waiting]) == [.refused, .confirmed])
        #expect(try stage.isSound())
    }

    /// Who was booked before the loan was ruled on keeps the seat, and nothing is lent.
    @Test func bookingThatCameFirstStands() throws {
        let slot = try stage.slot(inMinutes: 120)
        let booking = try stage.request(slot, by: 0)
        try stage.lend(slot, to: mentor)
        #expect(try stage.holder(slot) == nil)
        #expect(try stage.status(booking)?.state == .confirmed)
        let other = try stage.request(slot, by: 1)
        #expect(
            try grant(other, slot, of: 1) == .init(state: .refused, slot: nil, reason: .notHolder))
        #expect(try stage.isSound())
    }

    /// A laptop that was restored has a new key: what it had on loan it gives away and gives back. To
    /// another laptop of the mentor that does not belong.
    @Test func laptopGoesOnUnderItsNewKey() throws {
        let slot = try stage.slot(inMinutes: 120, capacity: 2)
        try stage.lend(slot, to: mentor)
        let booking = try stage.request(slot, by: 0)
        let restored = try stage.harness.rekey(mentor)
        let invited = try stage.harness.hub.inviteDevice(
            of: mentor.member, validMilliseconds: 86_400_000, now: stage.harness.time)
        let other = try stage.harness.redeem(invited.text)
        #expect(
            try stage.say(.grant, booking, of: 0, by: other, to: slot)?.reason == .notHolder)
        #expect(
            try stage.say(.grant, booking, of: 0, by: restored, to: slot)?.state == .confirmed)
        try stage.lend(slot, to: other, isWanted: false)
        #expect(try stage.holder(slot) == mentor.device)
        try stage.lend(slot, to: restored, isWanted: false)
        #expect(try stage.holder(slot) == nil)
        #expect(try stage.taken(slot) == 1)
        #expect(try stage.isSound())
    }

    /// The laptop promised a seat while the hub had refused it, or given another one.
    @Test func grantIsHonouredWhateverTheHubSaidBefore() throws {
        let slot = try stage.slot(inMinutes: 120, capacity: 3)
        let other = try stage.slot(inMinutes: 240)
        try stage.lend(slot, to: mentor)
        let refused = try stage.request(slot, by: 0)
        let elsewhere = try stage.request(slot, or: [other], by: 1)
        #expect(try stage.status(elsewhere)?.slot?.slot == other)
        let granted = BookingStage.Ruled(state: .confirmed, slot: slot, reason: nil)
        #expect(try grant(refused, slot, of: 0) == granted)
        #expect(try grant(elsewhere, slot, of: 1) == granted)
        #expect(try stage.taken(slot) == 2 && stage.taken(other) == 0)
        #expect(try stage.isSound())
    }

    /// The hub hears of a grant before the participant cancels, or after.
    @Test(arguments: [true, false])
    func whoCancelsIsNotGivenASeat(cancelsFirst: Bool) throws {
        let slot = try stage.slot(inMinutes: 120)
        try stage.lend(slot, to: mentor)
        let booking = try stage.request(slot, by: 0, waits: true)
        if cancelsFirst {
            try stage.say(.cancel, booking, of: 0, by: stage.participants[0])
            #expect(try grant(booking, slot, of: 0)?.reason == .wrongState)
        } else {
            #expect(try grant(booking, slot, of: 0)?.state == .confirmed)
            try stage.say(.cancel, booking, of: 0, by: stage.participants[0])
        }
        #expect(try stage.status(booking)?.state == .cancelled)
        #expect(try stage.taken(slot) == 0)
        #expect(try stage.holder(slot) == mentor.device)
        #expect(try stage.isSound())
    }

    /// A request that the holder makes for somebody is a promise, too, even if the hub hears of it
    /// when the meeting is over, and although the participant is promised to somebody else.
    @Test func holdersRequestIsFinal() throws {
        let slot = try stage.slot(inMinutes: 120, isInstant: false)
        try stage.lend(slot, to: mentor)
        let other = try stage.harness.join(.mentor, name: "other")
        let made = other.slot(at: stage.harness.time.milliseconds + 120 * 60_000, isInstant: true)
        try stage.harness.push(other, made.batch)
        let elsewhere = stage.participants[0].booking(made.id, with: other.member)
        try stage.harness.push(stage.participants[0], elsewhere.batch)
        try stage.pass(minutes: 600)
        let booking = try stage.request(
            [Fields.Booking.slot: .reference(slot)], for: 0, by: mentor)
        #expect(try stage.status(booking)?.state == .confirmed)
        #expect(try stage.status(elsewhere.id)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    @Test func holderGivesNoMoreSeatsThanThereAre() throws {
        let slot = try stage.slot(inMinutes: 120, capacity: 2)
        let before = try stage.request(slot, by: 0)
        try stage.lend(slot, to: mentor)
        #expect(try stage.holder(slot) == mentor.device)
        let bookings = [try stage.request(slot, by: 1), try stage.request(slot, by: 2)]
        #expect(try grant(bookings[0], slot, of: 1)?.state == .confirmed)
        #expect(try grant(bookings[1], slot, of: 2)?.reason == .slotTaken)
        #expect(try stage.states([before] + bookings) == [.confirmed, .confirmed, .refused])
        #expect(try stage.isSound())
    }

    /// Only the laptop that has it gives it back: what it gave away before has been heard by then.
    @Test func otherLaptopOfTheMentorHasNoSay() throws {
        let slot = try stage.slot(inMinutes: 120)
        let second = try stage.harness.redeem(
            mentor.invitation(.link(mentor.member), at: stage.harness.time).text)
        try stage.lend(slot, to: mentor)
        try stage.lend(slot, to: second)
        try stage.lend(slot, to: second, isWanted: false)
        #expect(try stage.holder(slot) == mentor.device)
        let booking = try stage.request(slot, by: 0)
        let ruled = try stage.say(.grant, booking, of: 0, by: second, to: slot)
        #expect(ruled?.reason == .notHolder)
        try stage.lend(slot, to: mentor, isWanted: false)
        try stage.lend(slot, to: second)
        #expect(try stage.holder(slot) == second.device)
        #expect(try stage.isSound())
    }

    @Test func mentorsTimeIsLentWithIt() throws {
        let slot = try stage.slot(inMinutes: 120, minutes: 60)
        let overlapping = try stage.slot(inMinutes: 150)
        try stage.lend(slot, to: mentor)
        let booking = try stage.request(overlapping, by: 0)
        #expect(try stage.verdict(on: booking, of: 0)?.reason == .mentorBusy)
        try stage.lend(slot, to: mentor, isWanted: false)
        #expect(try stage.status(stage.request(overlapping, by: 0))?.state == .confirmed)
        // The other way round the hub keeps it.
        try stage.lend(slot, to: mentor)
        #expect(try stage.holder(slot) == nil)
        #expect(try stage.isSound())
    }

    /// Nobody hears of it any more what a stolen laptop promises.
    @Test func loanToARevokedLaptopEnds() throws {
        let slot = try stage.slot(inMinutes: 120)
        try stage.lend(slot, to: mentor)
        let waiting = try stage.request(slot, by: 0, waits: true)
        try stage.harness.hub.revoke(mentor.device, isStolen: true, now: stage.harness.time)
        try stage.pass(minutes: 1)
        #expect(try stage.holder(slot) == nil)
        #expect(try stage.status(waiting)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    /// The laptop has a new key, and somebody tidies up the list of devices.
    @Test func loanGoesOnWhenTheFormerKeyIsRetired() throws {
        let slot = try stage.slot(inMinutes: 120)
        try stage.lend(slot, to: mentor)
        let restored = try stage.harness.rekey(mentor)
        try stage.harness.hub.revoke(mentor.device, isStolen: false, now: stage.harness.time)
        try stage.pass(minutes: 1)
        #expect(try stage.holder(slot) == mentor.device)
        let booking = try stage.request(slot, by: 0)
        #expect(
            try stage.say(.grant, booking, of: 0, by: restored, to: slot)?.state == .confirmed)
        try stage.harness.hub.revoke(restored.device, isStolen: false, now: stage.harness.time)
        try stage.pass(minutes: 1)
        #expect(try stage.holder(slot) == nil)
        #expect(try stage.isSound())
    }

    /// Whoever stole it may have made the key that comes after it.
    @Test(arguments: [true, false])
    func loanEndsWhereAKeyBetweenWasStolen(isStolen: Bool) throws {
        let slot = try stage.slot(inMinutes: 120)
        try stage.lend(slot, to: mentor)
        let restored = try stage.harness.rekey(mentor)
        _ = try stage.harness.rekey(restored)
        let hub = stage.harness.hub
        try hub.revoke(restored.device, isStolen: isStolen, now: stage.harness.time)
        try hub.revoke(mentor.device, isStolen: false, now: stage.harness.time)
        try stage.pass(minutes: 1)
        #expect(try stage.holder(slot) == (isStolen ? nil : mentor.device))
        #expect(try stage.isSound())
    }

    @Test func lentSlotIsNotMovedIntoNorWithdrawnByOthers() throws {
        let slot = try stage.slot(inMinutes: 120)
        let other = try stage.slot(inMinutes: 240)
        let booking = try stage.request(other, by: 0)
        try stage.lend(slot, to: mentor)
        let ruled = try stage.say(
            .move, booking, of: 0, by: stage.participants[0], to: slot)
        #expect(ruled?.reason == .slotLent)
        let second = try stage.harness.redeem(
            mentor.invitation(.link(mentor.member), at: stage.harness.time).text)
        let change = Change(
            record: slot, entity: Schema.slot.id, field: Fields.Slot.withdrawn,
            operation: .set(.boolean(true)))
        let batch = second.batch(.slots(of: second.member), [change])
        let answer = try stage.harness.push(second, batch)
        #expect(try stage.harness.refusal(of: batch, in: answer) == .notAllowed)
        #expect(try stage.isSound())
    }
}
