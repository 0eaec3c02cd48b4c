import Model
import TestSupport
import Testing

@testable import SyncServer

/// What a mentor asks for with a slot: time around it, notice, no more than so many a day.
@Suite struct SlotTermsTests {
    let stage: BookingStage

    init() throws {
        stage = try BookingStage()
    }

    @Test func buffersAreTheMentorsTimeAndNotTheParticipants() throws {
        let first = try stage.slot(
            inMinutes: 120, [Fields.Slot.bufferAfter: .integer(15)])
        let inBuffer = try stage.slot(inMinutes: 160)
        let behind = try stage.slot(inMinutes: 165)
        let bufferBefore = try stage.slot(
            inMinutes: 200, [Fields.Slot.bufferBefore: .integer(10)])
        _ = try stage.request(first, by: 0)
        let refused = try stage.request(inBuffer, by: 1)
        #expect(
            try stage.verdict(on: refused, of: 1)
                == .init(state: .refused, slot: nil, reason: .mentorBusy))
        #expect(try stage.status(stage.request(behind, by: 1))?.state == .confirmed)
        // It would begin five minutes after the other one ends.
        #expect(try stage.status(stage.request(bufferBefore, by: 2))?.state == .refused)
        // The one who was met has gone by then.
        let other = try stage.harness.join(.mentor, name: "other")
        let made = other.slot(
            at: stage.harness.time.milliseconds + 150 * 60_000, minutes: 10, isInstant: true)
        try stage.harness.push(other, made.batch)
        let asked = stage.participants[0].booking(made.id, with: other.member)
        try stage.harness.push(stage.participants[0], asked.batch)
        #expect(try stage.status(asked.id)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    /// Nobody would tell them, and nobody could approve.
    @Test func suspendedMentorIsNotBookedUntilReinstated() throws {
        let slot = try stage.slot(inMinutes: 120)
        let hub = stage.harness.hub
        try hub.suspend(stage.mentor.member, now: stage.harness.time)
        let refused = try stage.request(slot, by: 0)
        #expect(
            try stage.verdict(on: refused, of: 0)
                == .init(state: .refused, slot: nil, reason: .mentorSuspended))
        try hub.reinstate(stage.mentor.member, now: stage.harness.time)
        #expect(try stage.status(stage.request(slot, by: 0))?.state == .confirmed)
        #expect(try stage.isSound())
    }

    @Test func personalEventInABufferBlocksTheSlot() throws {
        let slot = try stage.slot(inMinutes: 120, [Fields.Slot.bufferBefore: .integer(30)])
        let start = stage.harness.time.milliseconds + 95 * 60_000
        let event = stage.mentor.create(
            Schema.personalEvent, stage.mentor.newID(),
            [
                Fields.PersonalEvent.title: .text("Bus"),
                Fields.PersonalEvent.start: .integer(start),
                Fields.PersonalEvent.end: .integer(start + 600_000),
            ])
        try stage.harness.push(stage.mentor, stage.mentor.batch(.own(stage.mentor.member), event))
        #expect(try stage.status(stage.request(slot, by: 0))?.state == .refused)
    }

    @Test func whoAsksTooLateIsRefusedUnlessTheMentorAsks() throws {
        let slot = try stage.slot(
            inMinutes: 120, capacity: 3, [Fields.Slot.notice: .integer(60)])
        #expect(try stage.status(stage.request(slot, by: 0))?.state == .confirmed)
        try stage.pass(minutes: 60)
        #expect(try stage.status(stage.request(slot, by: 1))?.state == .confirmed)
        try stage.pass(minutes: 1)
        let late = try stage.request(slot, by: 2)
        #expect(
            try stage.verdict(on: late, of: 2)
                == .init(state: .refused, slot: nil, reason: .tooLate))
        let own = try stage.request(
            [Fields.Booking.slot: .reference(slot)], for: 2, by: stage.mentor)
        #expect(try stage.status(own)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    @Test func dayHasSoManyMeetingsAndAGroupIsOne() throws {
        func slot(_ minutes: Int64, day: String, capacity: Int64 = 1) throws -> RecordID {
            try stage.slot(
                inMinutes: minutes, capacity: capacity,
                [Fields.Slot.dayMax: .integer(2), Fields.Slot.day: .text(day)])
        }
        let group = try slot(100, day: "2027-01-15", capacity: 2)
        let second = try slot(200, day: "2027-01-15")
        let third = try slot(300, day: "2027-01-15")
        let tomorrow = try slot(400, day: "2027-01-16")
        let bookings = [
            try stage.request(group, by: 0), try stage.request(group, by: 1),
            try stage.request(second, by: 0),
        ]
        #expect(try stage.states(bookings) == [.confirmed, .confirmed, .confirmed])
        let refused = try stage.request(third, by: 2)
        #expect(
            try stage.verdict(on: refused, of: 2)
                == .init(state: .refused, slot: nil, reason: .dayFull))
        #expect(try stage.status(stage.request(tomorrow, by: 2))?.state == .confirmed)
        try stage.say(.cancel, bookings[2], of: 0, by: stage.participants[0])
        #expect(try stage.status(stage.request(third, by: 2))?.state == .confirmed)
        #expect(try stage.isSound())
    }

    @Test func anySlotBetweenTwoInstantsIsTheEarliestThatCanBeHad() throws {
        let early = try stage.slot(inMinutes: 30)
        let full = try stage.slot(inMinutes: 100)
        let busy = try stage.slot(inMinutes: 200)
        let free = try stage.slot(inMinutes: 300, isInstant: false)
        let late = try stage.slot(inMinutes: 590)
        _ = try stage.request(full, by: 1)
        let now = stage.harness.time.milliseconds
        let event = stage.participants[0].create(
            Schema.personalEvent, stage.participants[0].newID(),
            [
                Fields.PersonalEvent.title: .text("Work"),
                Fields.PersonalEvent.start: .integer(now + 210 * 60_000),
                Fields.PersonalEvent.end: .integer(now + 220 * 60_000),
            ])
        let device = stage.participants[0]
        try stage.harness.push(device, device.batch(.own(device.member), event))
        func ask(_ participant: Int) throws -> RecordID {
            try stage.request(
                [
                    Fields.Booking.from: .integer(now + 60 * 60_000),
                    Fields.Booking.until: .integer(now + 600 * 60_000),
                ], for: participant, by: stage.participants[participant])
        }
        let first = try ask(0)
        #expect(
            try stage.verdict(on: first, of: 0) == .init(state: .held, slot: free, reason: nil))
        // Of the one at 590 minutes only a part lies before the end.
        let second = try ask(2)
        #expect(
            try stage.verdict(on: second, of: 2)
                == .init(state: .confirmed, slot: busy, reason: nil))
        let third = try ask(1)
        #expect(
            try stage.verdict(on: third, of: 1)
                == .init(state: .refused, slot: nil, reason: .noneFree))
        #expect(try stage.taken(early) + stage.taken(late) == 0)
        #expect(try stage.isSound())
    }
}
