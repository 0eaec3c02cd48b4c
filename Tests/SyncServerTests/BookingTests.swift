import Cryptography
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct BookingTests {
    let harness: HubHarness
    let mentor: RawDevice
    let participant: RawDevice

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
    }

    private var scope: Scope { .pair(mentor: mentor.member, participant: participant.member) }

    /// An instant so many hours from now, on the grid.
    private func hours(_ count: Int64) -> Int64 { harness.time.milliseconds + count * 3_600_000 }

    private func slot(
        inHours count: Int64, minutes: Int64 = 30, capacity: Int64 = 1, isInstant: Bool = false
    ) throws -> RecordID {
        let made = mentor.slot(
            at: hours(count), minutes: minutes, capacity: capacity, isInstant: isInstant)
        try harness.push(mentor, made.batch)
        return made.id
    }

    private func request(
        _ slot: RecordID, or alternates: [RecordID] = [], by device: RawDevice? = nil
    ) throws -> RecordID {
        let device = device ?? participant
        let made = device.booking(slot, or: alternates, with: mentor.member)
        try harness.push(device, made.batch)
        return made.id
    }

    private func status(_ booking: RecordID) throws -> HubStore.BookingStatus? {
        try harness.hub.database.read { try $0.status(of: booking) }
    }

    private func act(
        _ kind: BookingActKind, _ booking: RecordID, by device: RawDevice, text: String? = nil
    ) throws -> Verdict? {
        let made = device.act(kind, on: booking, in: scope, text: text)
        try harness.push(device, made.batch)
        return try verdicts(in: scope).last { $0.act == made.id }
    }

    private struct Verdict: Equatable {
        let booking: RecordID?
        let act: RecordID?
        let state: BookingState?
        let slot: RecordID?
        let reason: VerdictReason?
        let alternatives: [RecordID]
    }

    /// All verdicts of a pair, in the order in which they were given.
    private func verdicts(in scope: Scope) throws -> [Verdict] {
        try harness.hub.database.read { store in
            let row = try store.tables.scope(scope)
            let ids = try store.recordIDs(of: Schema.bookingVerdict, in: row)
            return try ids.map { id in
                let state = try store.tables.state(
                    of: id, entity: Schema.bookingVerdict.id, in: row)
                let values = store.tables.view(of: state).values
                return Verdict(
                    booking: values[Fields.BookingVerdict.booking]?.reference,
                    act: values[Fields.BookingVerdict.act]?.reference,
                    state: values[Fields.BookingVerdict.state]?.integer
                        .flatMap(BookingState.init(rawValue:)),
                    slot: values[Fields.BookingVerdict.slot]?.reference,
                    reason: values[Fields.BookingVerdict.reason]?.integer
                        .flatMap(VerdictReason.init(rawValue:)),
                    alternatives: values[Fields.BookingVerdict.alternatives]?.list?
                        .compactMap(\.reference) ?? [])
            }
        }
    }

    private func taken(_ slot: RecordID) throws -> Int64? {
        try harness.hub.database.read { store in
            let values = try HubFacts(store).values(
                of: slot, entity: Schema.slot.id, in: .slots(of: mentor.member))
            return values?[Fields.Slot.taken]?.integer
        }
    }

    @Test func freeSeatIsHeldAndInstantSlotConfirms() throws {
        let held = try request(slot(inHours: 2))
        let confirmed = try request(slot(inHours: 4, isInstant: true))
        #expect(try status(held)?.state == .held)
        #expect(try status(confirmed)?.state == .confirmed)
    }

    @Test func takenCountIsShownToEverybody() throws {
        let slot = try slot(inHours: 2)
        let booking = try request(slot)
        #expect(try taken(slot) == 1)
        _ = try act(.cancel, booking, by: participant)
        #expect(try taken(slot) == 0)
    }

    @Test func hotSlotIsSoldExactlyAsOftenAsItHasSeats() throws {
        let slot = try slot(inHours: 2, capacity: 3)
        var bookings: [RecordID] = []
        for _ in 0..<100 {
            let invitation = try mentor.invitation(.join(.participant), at: harness.time)
            let device = try harness.redeem(invitation.text)
            bookings.append(try request(slot, by: device))
        }
        let states = try bookings.map { try status($0)?.state }
        #expect(states.filter { $0 == .held }.count == 3)
        #expect(states.filter { $0 == .refused }.count == 97)
        #expect(try taken(slot) == 3)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func loserGetsTheFirstFeasibleAlternate() throws {
        let (first, second, third) = (
            try slot(inHours: 2), try slot(inHours: 4), try slot(inHours: 6)
        )
        let other = try harness.redeem(
            mentor.invitation(.join(.participant), at: harness.time).text)
        _ = try request(first, by: other)
        _ = try request(second, by: other)
        let booking = try request(first, or: [second, third])
        #expect(try status(booking)?.slot?.slot == third)
        #expect(try status(booking)?.state == .held)
    }

    @Test func loserWithoutAlternatesGetsAReasonAndThreeFreeSlotsNearby() throws {
        let hot = try slot(inHours: 10)
        let near = [try slot(inHours: 9), try slot(inHours: 12), try slot(inHours: 13)]
        _ = try slot(inHours: 40)
        let other = try harness.redeem(
            mentor.invitation(.join(.participant), at: harness.time).text)
        _ = try request(hot, by: other)
        let booking = try request(hot)
        let verdict = try #require(try verdicts(in: scope).first { $0.booking == booking })
        #expect(verdict.state == .refused)
        #expect(verdict.reason == .slotTaken)
        #expect(verdict.alternatives == near)
    }

    @Test func nobodyIsInTwoPlacesAtOnce() throws {
        let first = try slot(inHours: 2, minutes: 60, capacity: 2)
        let overlapping = try slot(inHours: 2, minutes: 10, capacity: 2)
        _ = try request(first)
        let second = try request(overlapping)
        #expect(try verdicts(in: scope).first { $0.booking == second }?.reason == .participantBusy)
        let other = try harness.redeem(
            mentor.invitation(.join(.participant), at: harness.time).text)
        let third = try request(overlapping, by: other)
        let otherScope = Scope.pair(mentor: mentor.member, participant: other.member)
        #expect(try verdicts(in: otherScope).first { $0.booking == third }?.reason == .mentorBusy)
    }

    @Test func sameGroupSlotTakesSeveralAndFreesItsMentorWithTheLast() throws {
        let group = try slot(inHours: 2, capacity: 2, isInstant: true)
        let overlapping = try slot(inHours: 2)
        let other = try harness.redeem(
            mentor.invitation(.join(.participant), at: harness.time).text)
        let mine = try request(group)
        let theirs = try request(group, by: other)
        #expect(try status(theirs)?.state == .confirmed)
        _ = try act(.cancel, mine, by: participant)
        #expect(try status(request(overlapping))?.state == .refused)
        let otherScope = Scope.pair(mentor: mentor.member, participant: other.member)
        try harness.push(other, other.act(.cancel, on: theirs, in: otherScope).batch)
        #expect(try status(request(overlapping))?.state == .held)
    }

    /// Nobody learns what it is, and what was booked before stays.
    @Test func personalEventsTakeTheirMembersTime() throws {
        func event(_ device: RawDevice, inHours count: Int64, isFree: Bool = false) throws
            -> RecordID
        {
            let id = device.newID()
            let changes = device.create(
                Schema.personalEvent, id,
                [
                    Fields.PersonalEvent.title: .text("Dentist"),
                    Fields.PersonalEvent.start: .integer(hours(count)),
                    Fields.PersonalEvent.end: .integer(hours(count + 1)),
                    Fields.PersonalEvent.isFree: .boolean(isFree),
                ])
            try harness.push(device, device.batch(.own(device.member), changes))
            return id
        }
        func reason(_ booking: RecordID) throws -> VerdictReason? {
            try verdicts(in: scope).last { $0.booking == booking }?.reason
        }
        let before = try request(slot(inHours: 2))
        let dentist = try event(mentor, inHours: 2)
        #expect(try status(before)?.state == .held)
        _ = try act(.cancel, before, by: participant)
        let taken = try slot(inHours: 2)
        let free = try slot(inHours: 3)
        let refused = try request(taken)
        #expect(try reason(refused) == .mentorBusy)
        #expect(try verdicts(in: scope).last { $0.booking == refused }?.alternatives == [free])
        _ = try event(participant, inHours: 3)
        #expect(try reason(request(free)) == .participantBusy)
        _ = try event(mentor, inHours: 5, isFree: true)
        #expect(try status(request(slot(inHours: 5)))?.state == .held)
        let end = mentor.batch(
            .own(mentor.member),
            [
                Change(
                    record: dentist, entity: Schema.personalEvent.id, field: .life,
                    operation: .delete)
            ])
        try harness.push(mentor, end)
        #expect(try status(request(taken))?.state == .held)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func slotsThatCannotBeHadSayWhy() throws {
        let withdrawn = try slot(inHours: 2)
        try harness.push(
            mentor,
            mentor.batch(
                .slots(of: mentor.member),
                [
                    Change(
                        record: withdrawn, entity: Schema.slot.id, field: Fields.Slot.withdrawn,
                        operation: .set(.boolean(true)))
                ]))
        let started = try slot(inHours: 1)
        let unknown = mentor.newID()
        let reasons = try [withdrawn, unknown].map { slot in
            let booking = try request(slot)
            return try verdicts(in: scope).first { $0.booking == booking }?.reason
        }
        #expect(reasons == [.slotWithdrawn, .slotUnknown])
        harness.pass(3_600_000)
        let late = try request(started)
        #expect(try verdicts(in: scope).first { $0.booking == late }?.reason == .slotStarted)
    }

    @Test func lifeOfABooking() throws {
        let slot = try slot(inHours: 2)
        let booking = try request(slot)
        #expect(try act(.complete, booking, by: mentor)?.reason == .wrongState)
        #expect(try act(.approve, booking, by: mentor)?.state == .confirmed)
        #expect(try act(.approve, booking, by: mentor)?.reason == .wrongState)
        #expect(try act(.complete, booking, by: mentor)?.reason == .notStarted)
        harness.pass(2 * 3_600_000)
        #expect(try act(.cancel, booking, by: participant)?.reason == .slotStarted)
        #expect(try act(.complete, booking, by: mentor)?.state == .completed)
        #expect(try status(booking)?.state == .completed)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func participantMayNotApprove() throws {
        let booking = try request(slot(inHours: 2))
        let made = participant.act(.approve, on: booking, in: scope)
        try harness.push(participant, made.batch)
        #expect(
            try harness.admission(of: made.batch).sections.flatMap(\.refusals).map(\.reason)
                == [.notAllowed])
        #expect(try status(booking)?.state == .held)
    }

    @Test func adminCancelsWithAReason() throws {
        let admin = try harness.join(.admin, name: "admin")
        let booking = try request(slot(inHours: 2))
        let silent = admin.act(.cancel, on: booking, in: scope)
        try harness.push(admin, silent.batch)
        #expect(try status(booking)?.state == .held)
        let reason = "The house is closed"
        #expect(try act(.cancel, booking, by: admin, text: reason)?.state == .cancelled)
    }

    @Test func holdExpiresWhenItsStartPasses() throws {
        let slot = try slot(inHours: 2)
        let booking = try request(slot)
        #expect(try harness.hub.expireHolds(now: harness.time) == 0)
        harness.pass(2 * 3_600_000)
        #expect(try harness.hub.expireHolds(now: harness.time) > 0)
        let verdict = try #require(try verdicts(in: scope).last { $0.booking == booking })
        #expect(verdict.state == .refused)
        #expect(verdict.reason == .expired)
        #expect(verdict.act == nil)
        #expect(try taken(slot) == 0)
        #expect(try harness.hub.expireHolds(now: harness.time) == 0)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func requestSentAgainHasTheOneVerdict() throws {
        let made = participant.booking(try slot(inHours: 2), with: mentor.member)
        try harness.push(participant, made.batch)
        try harness.push(participant, made.batch)
        #expect(try verdicts(in: scope).filter { $0.booking == made.id }.count == 1)
    }

    @Test func mentorsOwnRequestNeedsNoApproval() throws {
        let slot = try slot(inHours: 2)
        let id = mentor.newID()
        let changes = mentor.create(
            Schema.booking, id, [Fields.Booking.slot: .reference(slot)])
        try harness.push(mentor, mentor.batch(scope, changes))
        #expect(try status(id)?.state == .confirmed)
    }

    @Test func slotWithBookingsIsNotWithdrawn() throws {
        let slot = try slot(inHours: 2)
        _ = try request(slot)
        let batch = mentor.batch(
            .slots(of: mentor.member),
            [
                Change(
                    record: slot, entity: Schema.slot.id, field: Fields.Slot.withdrawn,
                    operation: .set(.boolean(true)))
            ])
        try harness.push(mentor, batch)
        #expect(
            try harness.admission(of: batch).sections.flatMap(\.refusals).map(\.reason)
                == [.slotHasBookings])
    }

    @Test func latestRatingOfEachBookingCountsForTheMentor() throws {
        let booking = try request(slot(inHours: 2, isInstant: true))
        harness.pass(2 * 3_600_000)
        _ = try act(.complete, booking, by: mentor)
        for stars: Int64 in [2, 5] {
            let changes = participant.create(
                Schema.feedback, participant.newID(),
                [
                    Fields.Feedback.booking: .reference(booking),
                    Fields.Feedback.rating: .integer(stars),
                ])
            try harness.push(participant, participant.batch(scope, changes))
        }
        // What the mentor says of the participant is no rating of the mentor.
        let back = mentor.create(
            Schema.feedback, mentor.newID(),
            [Fields.Feedback.booking: .reference(booking), Fields.Feedback.rating: .integer(1)])
        try harness.push(mentor, mentor.batch(scope, back))
        let profile = try harness.hub.database.read {
            try HubFacts($0).values(
                of: mentor.member.recordID, entity: Schema.profile.id, in: .programme)
        }
        #expect(profile?[Fields.Profile.ratingSum]?.integer == 5)
        #expect(profile?[Fields.Profile.ratingCount]?.integer == 1)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func completedMeetingsAreTheMentorsSessions() throws {
        func sessions() throws -> Int64? {
            try harness.hub.database.read {
                try HubFacts($0).values(
                    of: mentor.member.recordID, entity: Schema.profile.id, in: .programme)
            }?[Fields.Profile.sessions]?.integer
        }
        let bookings = try [2, 3].map { try request(slot(inHours: $0, isInstant: true)) }
        harness.pass(4 * 3_600_000)
        #expect(try sessions() == nil)
        _ = try act(.complete, bookings[0], by: mentor)
        #expect(try sessions() == 1)
        _ = try act(.complete, bookings[0], by: mentor)
        #expect(try sessions() == 1)
        _ = try act(.missed, bookings[1], by: mentor)
        #expect(try sessions() == 1)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func feedbackNeedsACompletedBooking() throws {
        let booking = try request(slot(inHours: 2))
        let batch = participant.batch(
            scope,
            participant.create(
                Schema.feedback, participant.newID(),
                [
                    Fields.Feedback.booking: .reference(booking),
                    Fields.Feedback.rating: .integer(5),
                ]))
        try harness.push(participant, batch)
        #expect(
            try harness.admission(of: batch).sections.flatMap(\.refusals).map(\.reason)
                == [.notCompleted])
    }
}
