import Model
import TestSupport
import Testing

@testable import SyncServer

/// Requests that gather until a slot is decided.
@Suite struct WindowTests {
    let stage: BookingStage
    private let start: Int64

    init() throws {
        stage = try BookingStage(participants: 4)
        start = stage.harness.time.milliseconds
    }

    private func slot(_ order: RequestOrder, capacity: Int64 = 1) throws -> RecordID {
        try stage.slot(
            inMinutes: 300, capacity: capacity,
            [
                Fields.Slot.decideAt: .integer(start + 60 * 60_000),
                Fields.Slot.order: .integer(order.rawValue),
            ])
    }

    private func ask(_ slot: RecordID, _ participant: Int, minute: Int64) throws -> RecordID {
        try stage.request(
            [Fields.Booking.slot: .reference(slot)], for: participant,
            by: stage.participants[participant], claimed: start + minute * 60_000)
    }

    private func withdraw(_ slot: RecordID) throws {
        let change = Change(
            record: slot, entity: Schema.slot.id, field: Fields.Slot.withdrawn,
            operation: .set(.boolean(true)))
        try stage.harness.push(
            stage.mentor, stage.mentor.batch(.slots(of: stage.mentor.member), [change]))
    }

    /// Who was offline when they asked comes before who asked later and was online.
    @Test func whoAskedFirstHasItWheneverTheHubHeard() throws {
        let slot = try slot(.earliest)
        try stage.pass(minutes: 30)
        let online = try ask(slot, 0, minute: 20)
        #expect(try stage.status(online)?.state == .requested)
        #expect(try stage.verdict(on: online, of: 0) == nil)
        let late = try ask(slot, 1, minute: 5)
        #expect(try stage.taken(slot) == 0)
        try stage.pass(minutes: 29)
        #expect(try stage.states([online, late]) == [.requested, .requested])
        try stage.pass(minutes: 1)
        #expect(try stage.states([online, late]) == [.refused, .confirmed])
        #expect(try stage.verdict(on: online, of: 0)?.reason == .slotTaken)
        #expect(try stage.isSound())
    }

    /// What was said in vain meanwhile takes nobody out of those who wait for the decision.
    @Test func actWithoutEffectLeavesTheRequestAmongTheOthers() throws {
        let slot = try slot(.earliest)
        let other = try stage.slot(inMinutes: 400)
        let booking = try ask(slot, 0, minute: 1)
        let ruled = try stage.say(.grant, booking, of: 0, by: stage.mentor, to: other)
        #expect(ruled?.state == .requested)
        #expect(ruled?.reason == .notHolder)
        try stage.say(.approve, booking, of: 0, by: stage.mentor)
        try stage.pass(minutes: 60)
        #expect(try stage.status(booking)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    @Test func whoMetLeastHasIt() throws {
        let before = try stage.slot(inMinutes: 200)
        let met = try ask(before, 0, minute: 0)
        #expect(try stage.status(met)?.state == .confirmed)
        let slot = try slot(.leastServed)
        try stage.pass(minutes: 30)
        let often = try ask(slot, 0, minute: 1)
        let never = try ask(slot, 1, minute: 9)
        let neverButEarlier = try ask(slot, 2, minute: 8)
        try stage.pass(minutes: 60)
        #expect(
            try stage.states([often, never, neverButEarlier]) == [.refused, .refused, .confirmed])
        #expect(try stage.isSound())
    }

    /// A request goes on to its alternates in the order given, also where one is decided later.
    @Test func alternatesAreTriedWhenItIsDecided() throws {
        let slot = try slot(.earliest)
        try stage.pass(minutes: 30)
        let alternate = try stage.slot(inMinutes: 400)
        let winner = try ask(slot, 0, minute: 1)
        let other = try stage.request(
            [
                Fields.Booking.slot: .reference(slot),
                Fields.Booking.alternates: .list([.reference(alternate)]),
            ], for: 1, by: stage.participants[1], claimed: start + 120_000)
        let waiting = try stage.request(
            [Fields.Booking.slot: .reference(slot), Fields.Booking.waits: .boolean(true)], for: 2,
            by: stage.participants[2], claimed: start + 180_000)
        let viaAlternate = try stage.request(
            [
                Fields.Booking.slot: .reference(alternate),
                Fields.Booking.alternates: .list([.reference(slot)]),
            ], for: 3, by: stage.participants[3], claimed: start)
        #expect(try stage.status(viaAlternate)?.slot?.slot == alternate)
        try stage.pass(minutes: 60)
        #expect(try stage.states([winner, other, waiting]) == [.confirmed, .refused, .waitlisted])
        try stage.say(.cancel, winner, of: 0, by: stage.participants[0])
        #expect(try stage.status(waiting)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    @Test func cancelledRequestIsNotDecidedOn() throws {
        let slot = try slot(.earliest)
        let cancelled = try ask(slot, 0, minute: 1)
        let other = try ask(slot, 1, minute: 2)
        let ruled = try stage.say(.cancel, cancelled, of: 0, by: stage.participants[0])
        #expect(ruled?.state == .cancelled)
        try stage.pass(minutes: 60)
        #expect(try stage.states([cancelled, other]) == [.cancelled, .confirmed])
        #expect(try stage.isSound())
    }

    /// Afterwards it is a slot like any other, and a batch that comes in decides it, too.
    @Test func afterwardsWhoComesFirstHasWhatIsLeft() throws {
        let slot = try slot(.earliest, capacity: 2)
        let early = try ask(slot, 0, minute: 1)
        stage.harness.pass(61 * 60_000)
        let late = try ask(slot, 1, minute: 0)
        let tooLate = try ask(slot, 2, minute: 0)
        #expect(try stage.states([early, late, tooLate]) == [.confirmed, .confirmed, .refused])
        #expect(try stage.isSound())
    }

    /// It has no verdict while it goes on to a slot that is decided later; the log tells of it all
    /// the same.
    @Test func requestThatGoesOnGathersForTheNextSlot() throws {
        let slot = try slot(.earliest)
        let later = try stage.slot(
            inMinutes: 400, capacity: 1,
            [
                Fields.Slot.decideAt: .integer(start + 120 * 60_000),
                Fields.Slot.order: .integer(RequestOrder.earliest.rawValue),
            ])
        let booking = try stage.request(
            [
                Fields.Booking.slot: .reference(slot),
                Fields.Booking.alternates: .list([.reference(later)]),
            ], for: 0, by: stage.participants[0], claimed: start)
        try withdraw(slot)
        try stage.pass(minutes: 60)
        #expect(try stage.status(booking)?.state == .requested)
        #expect(try stage.status(booking)?.slot?.slot == later)
        try stage.say(.cancel, booking, of: 0, by: stage.participants[0])
        #expect(try stage.isSound())
    }

    @Test func withdrawnSlotIsRefusedWhenItIsDecided() throws {
        let slot = try slot(.earliest)
        let booking = try ask(slot, 0, minute: 1)
        try withdraw(slot)
        try stage.pass(minutes: 60)
        #expect(
            try stage.verdict(on: booking, of: 0)
                == .init(state: .refused, slot: nil, reason: .slotWithdrawn))
        #expect(try stage.isSound())
    }
}
