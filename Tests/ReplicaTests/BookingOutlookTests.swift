import Model
import TestSupport
import Testing

@testable import Replica

@Suite struct BookingOutlookTests {
    private let programme: RelayedProgramme
    private let mentor: Replica
    private let participant: Replica
    private let slot: RecordID
    private let other: RecordID
    private let scope: Scope

    private static let start: Int64 = 1_800_003_600_000

    init() async throws {
        programme = try RelayedProgramme()
        mentor = try await programme.join("Mara", as: .mentor)
        participant = try await programme.join("Ana", as: .participant)
        scope = .pair(mentor: mentor.member, participant: participant.member)
        programme.hub.pair(mentor: mentor.member, participant: participant.member)
        try await programme.sync(mentor, participant)
        slot = try Self.addSlot(of: mentor, at: Self.start, now: programme.now)
        other = try Self.addSlot(of: mentor, at: Self.start + 7_200_000, now: programme.now)
        try await programme.sync(mentor, participant)
    }

    private static func addSlot(
        of mentor: Replica, at start: Int64, now: ClaimedTime
    ) throws -> RecordID {
        try mentor.act("slot add", at: now) { action in
            try action.create(
                Schema.slot, in: .slots(of: mentor.member),
                values: [
                    Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(45),
                    Fields.Slot.capacity: .integer(1),
                ])
        }
    }

    private func request() throws -> RecordID {
        try participant.act("booking request", at: programme.now) { action in
            try action.create(
                Schema.booking, in: scope,
                values: [
                    Fields.Booking.slot: .reference(slot), Fields.Booking.topic: .text("CV"),
                ])
        }
    }

    private func act(
        _ kind: BookingActKind, on booking: RecordID, by replica: Replica, text: String? = nil,
        slot: RecordID? = nil
    ) throws -> RecordID {
        var values: [FieldID: Value] = [
            Fields.BookingAct.booking: .reference(booking),
            Fields.BookingAct.kind: .integer(kind.rawValue),
        ]
        values[Fields.BookingAct.text] = text.map { .text($0) }
        values[Fields.BookingAct.slot] = slot.map { .reference($0) }
        return try replica.act("booking act", at: programme.now) { action in
            try action.create(Schema.bookingAct, in: scope, values: values)
        }
    }

    private func outlook(_ booking: RecordID, on replica: Replica) throws -> BookingOutlook {
        let outlook = try replica.read { reader in
            try reader.record(booking, of: Schema.booking).flatMap { try reader.outlook(of: $0) }
        }
        return try #require(outlook)
    }

    @Test func unsentRequestIsRequestedAndPending() throws {
        let booking = try request()
        let outlook = try outlook(booking, on: participant)
        #expect(outlook.state == .requested)
        #expect(outlook.isPending)
        #expect(outlook.ruled == nil)
        #expect(outlook.slot == slot)
        #expect(outlook.start == Self.start)
        #expect(outlook.end == Self.start + 45 * 60_000)
        #expect(outlook.mentor == mentor.member)
        #expect(outlook.participant == participant.member)
        #expect(outlook.events.map(\.word) == ["request"])
        #expect(outlook.events[0].isUnruled)
    }

    @Test func verdictDecidesStateAndSlot() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .held, slot: other)
        try await programme.sync(participant, mentor)
        for replica in [participant, mentor] {
            let outlook = try outlook(booking, on: replica)
            #expect(outlook.state == .held)
            #expect(!outlook.isPending)
            #expect(outlook.slot == other)
            #expect(outlook.start == Self.start + 7_200_000)
            #expect(outlook.events.map(\.word) == ["request", "held"])
            #expect(outlook.events.map(\.author) == [.member(participant.member), .hub])
        }
    }

    /// A hub that is faulty says anything.
    @Test(arguments: [Int64.min, -1, .max / 60_000 + 1, .max])
    func slotOfAnyLengthIsShown(minutes: Int64) async throws {
        let strange = programme.hub.create(
            Schema.slot, in: .slots(of: mentor.member),
            values: [
                Fields.Slot.start: .integer(Self.start), Fields.Slot.minutes: .integer(minutes),
                Fields.Slot.capacity: .integer(1),
            ])
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(
            on: booking, act: booking, in: scope, state: .confirmed, slot: strange)
        try await programme.sync(participant)
        let outlook = try outlook(booking, on: participant)
        #expect(outlook.start == Self.start)
        let end = try #require(outlook.end)
        #expect(minutes < 0 ? end < Self.start : end == .max)
    }

    /// A hub of a later version had a reason that has no words here.
    @Test func actThatWasRefusedForAnUnknownReasonHasNoEffect() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .confirmed, slot: slot)
        try await programme.sync(participant)
        let cancel = try act(.cancel, on: booking, by: participant)
        let move = try act(.move, on: booking, by: participant, slot: other)
        try await programme.sync(participant)
        for act in [cancel, move] {
            programme.hub.rule(
                on: booking, act: act, in: scope, state: .confirmed, slot: slot, laterReason: 99)
        }
        try await programme.sync(participant)
        let outlook = try outlook(booking, on: participant)
        #expect(outlook.state == .confirmed)
        #expect(outlook.move?.state == .failed)
        #expect(outlook.events.compactMap(\.ineffectiveAct) == [.cancel, .move])
    }

    @Test func unsentApprovalIsAForecastAndNeverConfirmed() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .held, slot: slot)
        try await programme.sync(mentor)
        let act = try act(.approve, on: booking, by: mentor)
        let tentative = try outlook(booking, on: mentor)
        #expect(tentative.state == .requested)
        #expect(tentative.isPending)
        #expect(tentative.ruled == .held)
        #expect(tentative.forecast(hasStarted: false) == .confirmed)
        #expect(tentative.events.map(\.word) == ["request", "held", "approve"])
        try await programme.sync(mentor)
        programme.hub.rule(on: booking, act: act, in: scope, state: .confirmed, slot: slot)
        try await programme.sync(mentor)
        #expect(try outlook(booking, on: mentor).state == .confirmed)
        #expect(try outlook(booking, on: mentor).isPending == false)
    }

    @Test func refusalHasReasonAndAlternatives() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(
            on: booking, act: booking, in: scope, state: .refused, reason: .slotTaken,
            alternatives: [other])
        try await programme.sync(participant)
        let outlook = try outlook(booking, on: participant)
        #expect(outlook.state == .refused)
        #expect(outlook.reason == .slotTaken)
        #expect(outlook.slot == slot)
        #expect(
            outlook.alternatives == [.init(slot: other, start: Self.start + 7_200_000)])
    }

    @Test func declineShowsTheWordsOfWhoDeclined() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .held, slot: slot)
        try await programme.sync(mentor)
        let act = try act(.decline, on: booking, by: mentor, text: "I am ill")
        try await programme.sync(mentor)
        programme.hub.rule(on: booking, act: act, in: scope, state: .declined, slot: slot)
        try await programme.sync(participant)
        let outlook = try outlook(booking, on: participant)
        #expect(outlook.state == .declined)
        #expect(outlook.statement == "I am ill")
        #expect(outlook.reason == nil)
    }

    @Test func expiryHasNoAct() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .held, slot: slot)
        programme.hub.rule(
            on: booking, act: nil, in: scope, state: .refused, slot: slot, reason: .expired)
        try await programme.sync(participant)
        let outlook = try outlook(booking, on: participant)
        #expect(outlook.state == .refused)
        #expect(outlook.reason == .expired)
    }

    @Test func actsWithoutEffectAreObjectedTo() async throws {
        let booking = try request()
        #expect(
            try outlook(booking, on: participant).objection(to: .approve, hasStarted: false)
                == .wrongState)
        #expect(
            try outlook(booking, on: participant).objection(to: .cancel, hasStarted: false)
                == nil)
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .confirmed, slot: slot)
        try await programme.sync(participant)
        let confirmed = try outlook(booking, on: participant)
        #expect(confirmed.objection(to: .complete, hasStarted: false) == .notStarted)
        #expect(confirmed.objection(to: .complete, hasStarted: true) == nil)
        #expect(confirmed.objection(to: .cancel, hasStarted: true) == .slotStarted)
        // A clock that nobody vouches for is no reason to refuse anything.
        #expect(confirmed.objection(to: .complete, hasStarted: nil) == nil)
        #expect(confirmed.objection(to: .cancel, hasStarted: nil) == nil)
        #expect(confirmed.objection(to: .decline, hasStarted: nil) == .wrongState)
        _ = try act(.cancel, on: booking, by: participant)
        let cancelling = try outlook(booking, on: participant)
        #expect(cancelling.objection(to: .cancel, hasStarted: false) == .wrongState)
    }

    @Test func verdictOfASyncFindsItsBooking() async throws {
        let booking = try request()
        try await programme.sync(participant)
        programme.hub.rule(on: booking, act: booking, in: scope, state: .held, slot: slot)
        let report = try await programme.sync(participant)
        let verdict = try #require(report.verdicts.first)
        let outlook = try participant.read { try $0.outlook(ofVerdict: verdict) }
        #expect(outlook?.booking.id == booking)
        #expect(try participant.read { try $0.bookingOutlooks() }.map(\.booking.id) == [booking])
    }
}
