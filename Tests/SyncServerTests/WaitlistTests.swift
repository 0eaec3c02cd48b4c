import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Who asks to wait for a seat gets it when it becomes free, in the order in which they came.
@Suite struct WaitlistTests {
    let harness: HubHarness
    let mentor: RawDevice
    /// Of one mentor.
    let participants: [RawDevice]

    init() throws {
        harness = try HubHarness()
        let (mentor, first) = try harness.pair()
        self.mentor = mentor
        var participants = [first]
        for _ in 0..<3 {
            let invitation = try mentor.invitation(.join(.participant), at: harness.time)
            participants.append(try harness.redeem(invitation.text))
        }
        self.participants = participants
    }

    private func slot(
        inHours count: Int64, capacity: Int64 = 1, isInstant: Bool = true
    ) throws -> RecordID {
        let made = mentor.slot(
            at: harness.time.milliseconds + count * 3_600_000, minutes: 30, capacity: capacity,
            isInstant: isInstant)
        try harness.push(mentor, made.batch)
        return made.id
    }

    private func request(
        _ slot: RecordID, or alternates: [RecordID] = [], by index: Int, waits: Bool = true
    ) throws -> RecordID {
        let made = participants[index].booking(
            slot, or: alternates, with: mentor.member, waits: waits)
        try harness.push(participants[index], made.batch)
        return made.id
    }

    private func cancel(_ booking: RecordID, by index: Int) throws {
        let device = participants[index]
        let scope = Scope.pair(mentor: mentor.member, participant: device.member)
        try harness.push(device, device.act(.cancel, on: booking, in: scope).batch)
    }

    private func states(_ bookings: [RecordID]) throws -> [BookingState?] {
        try harness.hub.database.read { store in
            try bookings.map { try store.status(of: $0)?.state }
        }
    }

    private func isSound() throws -> Bool { try harness.hub.verify().fault == nil }

    @Test func seatGoesToWhoCameFirst() throws {
        let slot = try slot(inHours: 2)
        let bookings = try (0..<4).map { try request(slot, by: $0) }
        #expect(
            try states(bookings) == [.confirmed, .waitlisted, .waitlisted, .waitlisted])
        try cancel(bookings[1], by: 1)
        try cancel(bookings[0], by: 0)
        #expect(try states(bookings) == [.cancelled, .cancelled, .confirmed, .waitlisted])
        try cancel(bookings[2], by: 2)
        #expect(try states(bookings) == [.cancelled, .cancelled, .cancelled, .confirmed])
        #expect(try isSound())
    }

    /// Within the notice it is too late for who asked for themselves, and never for the mentor.
    @Test func mentorsRequestGetsTheSeatAtTheLastMoment() throws {
        let made = mentor.slot(
            at: harness.time.milliseconds + 3 * 3_600_000, minutes: 30, capacity: 1,
            isInstant: true, [Fields.Slot.notice: .integer(120)])
        try harness.push(mentor, made.batch)
        let first = try request(made.id, by: 0)
        let late = try request(made.id, by: 1)
        let id = mentor.newID()
        let scope = Scope.pair(mentor: mentor.member, participant: participants[2].member)
        try harness.push(
            mentor,
            mentor.batch(
                scope,
                mentor.create(
                    Schema.booking, id,
                    [
                        Fields.Booking.slot: .reference(made.id),
                        Fields.Booking.waits: .boolean(true),
                    ])))
        #expect(try states([first, late, id]) == [.confirmed, .waitlisted, .waitlisted])
        harness.pass(2 * 3_600_000)
        try cancel(first, by: 0)
        #expect(try states([first, late, id]) == [.cancelled, .waitlisted, .confirmed])
        #expect(try isSound())
    }

    @Test func mentorApprovesWhoeverGetsTheSeat() throws {
        let slot = try slot(inHours: 2, isInstant: false)
        let bookings = try (0..<2).map { try request(slot, by: $0) }
        let scope = Scope.pair(mentor: mentor.member, participant: participants[0].member)
        try harness.push(mentor, mentor.act(.decline, on: bookings[0], in: scope).batch)
        #expect(try states(bookings) == [.declined, .held])
        #expect(try isSound())
    }

    @Test func nobodyWaitsUnlessTheyAsk() throws {
        let (hot, free) = (try slot(inHours: 2), try slot(inHours: 4))
        _ = try request(hot, by: 0)
        #expect(try states([request(hot, by: 1, waits: false)]) == [.refused])
        // An alternate that can be had is better than to wait.
        #expect(try states([request(hot, or: [free], by: 2)]) == [.confirmed])
        // Where it is not the seat that is missing, waiting does not help.
        let overlapping = try slot(inHours: 2)
        #expect(try states([request(overlapping, by: 0)]) == [.refused])
        #expect(try isSound())
    }

    /// Who has no time any more is passed over, and stays in the line.
    @Test func whoIsBusyWaitsOn() throws {
        let (hot, other) = (try slot(inHours: 2), try slot(inHours: 2, capacity: 1))
        let taken = try request(hot, by: 0)
        let waiting = try [1, 2].map { try request(hot, by: $0) }
        let event = participants[1].create(
            Schema.personalEvent, participants[1].newID(),
            [
                Fields.PersonalEvent.title: .text("Exam"),
                Fields.PersonalEvent.start: .integer(harness.time.milliseconds),
                Fields.PersonalEvent.end: .integer(harness.time.milliseconds + 86_400_000),
            ])
        try harness.push(
            participants[1], participants[1].batch(.own(participants[1].member), event))
        try cancel(taken, by: 0)
        #expect(try states(waiting) == [.waitlisted, .confirmed])
        #expect(try states([request(other, by: 3)]) == [.refused])
        #expect(try isSound())
    }

    @Test func seatsOfAGroupAreAllGivenOn() throws {
        let slot = try slot(inHours: 2, capacity: 2)
        let bookings = try (0..<4).map { try request(slot, by: $0) }
        #expect(
            try states(bookings) == [.confirmed, .confirmed, .waitlisted, .waitlisted])
        try cancel(bookings[0], by: 0)
        try cancel(bookings[1], by: 1)
        #expect(try states(bookings) == [.cancelled, .cancelled, .confirmed, .confirmed])
        #expect(try isSound())
    }

    /// What has no effect costs nobody their place.
    @Test func actWithoutEffectKeepsThePlaceInTheLine() throws {
        let slot = try slot(inHours: 2)
        let bookings = try (0..<3).map { try request(slot, by: $0) }
        let scope = Scope.pair(mentor: mentor.member, participant: participants[1].member)
        try harness.push(mentor, mentor.act(.approve, on: bookings[1], in: scope).batch)
        try cancel(bookings[0], by: 0)
        #expect(try states(bookings) == [.cancelled, .confirmed, .waitlisted])
        #expect(try isSound())
    }

    /// A move frees a seat as well.
    @Test func seatThatSomebodyMovesFromIsGivenOn() throws {
        let (old, new) = (try slot(inHours: 2), try slot(inHours: 4))
        let bookings = try [0, 1].map { try request(old, by: $0) }
        let scope = Scope.pair(mentor: mentor.member, participant: participants[0].member)
        let move = participants[0].act(
            .move, on: bookings[0], in: scope, [Fields.BookingAct.slot: .reference(new)])
        try harness.push(participants[0], move.batch)
        #expect(try states(bookings) == [.confirmed, .confirmed])
        #expect(try isSound())
    }

    @Test func waitingEndsWithTheStart() throws {
        let slot = try slot(inHours: 2)
        let bookings = try (0..<2).map { try request(slot, by: $0) }
        harness.pass(2 * 3_600_000)
        #expect(try harness.hub.expireHolds(now: harness.time) > 0)
        #expect(try states(bookings) == [.confirmed, .refused])
        let late = try request(slot, by: 2)
        #expect(try states([late]) == [.refused])
        #expect(try isSound())
    }
}
