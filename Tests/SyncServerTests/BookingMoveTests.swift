import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Bookings move from slot to slot in one step, by the consent of both, or stay where they are.
@Suite struct BookingMoveTests {
    let harness: HubHarness
    let mentor: RawDevice
    let participant: RawDevice
    let other: RawDevice

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
        other = try harness.redeem(mentor.invitation(.join(.participant), at: harness.time).text)
    }

    private func scope(_ participant: RawDevice) -> Scope {
        .pair(mentor: mentor.member, participant: participant.member)
    }

    private func slot(
        inHours count: Int64, minutes: Int64 = 30, capacity: Int64 = 1, isInstant: Bool = false
    ) throws -> RecordID {
        let made = mentor.slot(
            at: harness.time.milliseconds + count * 3_600_000, minutes: minutes,
            capacity: capacity, isInstant: isInstant)
        try harness.push(mentor, made.batch)
        return made.id
    }

    private func request(_ slot: RecordID, by device: RawDevice? = nil) throws -> RecordID {
        let device = device ?? participant
        let made = device.booking(slot, with: mentor.member)
        try harness.push(device, made.batch)
        return made.id
    }

    private func status(_ booking: RecordID) throws -> HubStore.BookingStatus {
        try #require(try harness.hub.database.read { try $0.status(of: booking) })
    }

    private func taken(_ slot: RecordID) throws -> Int {
        try harness.hub.database.read { try $0.seatsTaken(of: slot) }
    }

    /// How many seats the hub says are taken.
    private func shownTaken(_ slot: RecordID) throws -> Int64? {
        try harness.hub.database.read { store in
            let row = try store.tables.scope(.slots(of: mentor.member))
            let state = try store.tables.state(of: slot, entity: Schema.slot.id, in: row)
            return store.tables.view(of: state).values[Fields.Slot.taken]?.integer
        }
    }

    private struct Ruled: Equatable {
        var state: BookingState?
        var slot: RecordID?
        var reason: VerdictReason?
    }

    /// What the hub says to an act; nil if it did not admit it.
    private func verdict(on act: RecordID, in scope: Scope) throws -> Ruled? {
        try harness.hub.database.read { store in
            let row = try store.tables.scope(scope)
            for id in try store.recordIDs(of: Schema.bookingVerdict, in: row) {
                let state = try store.tables.state(
                    of: id, entity: Schema.bookingVerdict.id, in: row)
                let values = store.tables.view(of: state).values
                guard values[Fields.BookingVerdict.act]?.reference == act else { continue }
                return Ruled(
                    state: values[Fields.BookingVerdict.state]?.integer
                        .flatMap(BookingState.init(rawValue:)),
                    slot: values[Fields.BookingVerdict.slot]?.reference,
                    reason: values[Fields.BookingVerdict.reason]?.integer
                        .flatMap(VerdictReason.init(rawValue:)))
            }
            return nil
        }
    }

    @discardableResult
    private func say(
        _ kind: BookingActKind, _ booking: RecordID, by device: RawDevice,
        to slot: RecordID? = nil, move: RecordID? = nil
    ) throws -> (act: RecordID, verdict: Ruled?) {
        var further: [FieldID: Value] = [:]
        further[Fields.BookingAct.slot] = slot.map { .reference($0) }
        further[Fields.BookingAct.move] = move.map { .reference($0) }
        let scope = scope(device.member == other.member ? other : participant)
        let made = device.act(kind, on: booking, in: scope, further)
        try harness.push(device, made.batch)
        return (made.id, try verdict(on: made.id, in: scope))
    }

    private func isSound() throws -> Bool { try harness.hub.verify().fault == nil }

    @Test(arguments: [true, false])
    func acceptedMoveTakesOneSeatAndFreesTheOther(mentorProposes: Bool) throws {
        let (old, new) = (try slot(inHours: 2), try slot(inHours: 4))
        let booking = try request(old)
        let (proposer, answerer) = mentorProposes ? (mentor, participant) : (participant, mentor)
        let move = try say(.move, booking, by: proposer, to: new)
        #expect(move.verdict == Ruled(state: .held, slot: old))
        #expect(try (taken(old), taken(new)) == (1, 0))
        let answer = try say(.acceptMove, booking, by: answerer, move: move.act)
        #expect(answer.verdict == Ruled(state: .confirmed, slot: new))
        #expect(try (taken(old), taken(new)) == (0, 1))
        #expect(try (shownTaken(old), shownTaken(new)) == (0, 1))
        #expect(try status(booking).slot?.slot == new)
        // Nobody is kept busy at the old time.
        #expect(try status(request(old, by: other)).state == .held)
        #expect(try isSound())
    }

    /// Both directions of the race for the proposed slot.
    @Test(arguments: [true, false])
    func moveIntoASlotThatIsTakenChangesNothing(isTakenBefore: Bool) throws {
        let (old, new) = (try slot(inHours: 2), try slot(inHours: 4))
        let booking = try request(old)
        if isTakenBefore { _ = try request(new, by: other) }
        let move = try say(.move, booking, by: mentor, to: new)
        if isTakenBefore {
            #expect(move.verdict == Ruled(state: .held, slot: old, reason: .slotTaken))
            let answer = try say(.acceptMove, booking, by: participant, move: move.act)
            #expect(answer.verdict == Ruled(state: .held, slot: old, reason: .moveClosed))
        } else {
            let theirs = try request(new, by: other)
            let answer = try say(.acceptMove, booking, by: participant, move: move.act)
            #expect(answer.verdict == Ruled(state: .held, slot: old, reason: .slotTaken))
            // The proposal stays open: the slot may become free again.
            try say(.cancel, theirs, by: other)
            let again = try say(.acceptMove, booking, by: participant, move: move.act)
            #expect(again.verdict == Ruled(state: .confirmed, slot: new))
        }
        #expect(try taken(old) == (isTakenBefore ? 1 : 0))
        #expect(try taken(new) == 1)
        #expect(try isSound())
    }

    @Test func nobodyIsMovedIntoTwoPlaces() throws {
        let (old, far) = (try slot(inHours: 2), try slot(inHours: 8, minutes: 60))
        let overlapping = try slot(inHours: 8, capacity: 3)
        let booking = try request(old)
        _ = try request(far)
        let move = try say(.move, booking, by: participant, to: overlapping)
        #expect(move.verdict?.reason == .participantBusy)
        let theirs = try request(try slot(inHours: 3), by: other)
        let moved = try say(.move, theirs, by: other, to: overlapping)
        #expect(moved.verdict?.reason == .mentorBusy)
        #expect(try status(booking).slot?.slot == old)
        #expect(try isSound())
    }

    /// One's own time is no obstacle, not even where old and new time overlap.
    @Test func moveToAnOverlappingTimeIsPossible() throws {
        let old = try slot(inHours: 2, minutes: 60)
        let overlapping = try slot(inHours: 2, minutes: 30)
        let booking = try request(old)
        let move = try say(.move, booking, by: mentor, to: overlapping)
        let answer = try say(.acceptMove, booking, by: participant, move: move.act)
        #expect(answer.verdict == Ruled(state: .confirmed, slot: overlapping))
        #expect(try isSound())
    }

    @Test func instantSlotNeedsNoConsentOfTheMentorButTheParticipants() throws {
        let (old, new) = (
            try slot(inHours: 2, isInstant: true), try slot(inHours: 4, isInstant: true)
        )
        let booking = try request(old)
        let asked = try say(.move, booking, by: mentor, to: new)
        #expect(asked.verdict == Ruled(state: .confirmed, slot: old))
        let done = try say(.move, booking, by: participant, to: new)
        #expect(done.verdict == Ruled(state: .confirmed, slot: new))
        #expect(try (taken(old), taken(new)) == (0, 1))
        let late = try say(.acceptMove, booking, by: participant, move: asked.act)
        #expect(late.verdict == Ruled(state: .confirmed, slot: new, reason: .moveClosed))
        #expect(try isSound())
    }

    @Test func laterProposalTakesThePlaceOfTheEarlier() throws {
        let (old, first, second) = (
            try slot(inHours: 2), try slot(inHours: 4), try slot(inHours: 6)
        )
        let booking = try request(old)
        let early = try say(.move, booking, by: mentor, to: first)
        let late = try say(.move, booking, by: participant, to: second)
        #expect(
            try say(.acceptMove, booking, by: participant, move: early.act).verdict?.reason
                == .moveClosed)
        #expect(
            try say(.acceptMove, booking, by: mentor, move: late.act).verdict
                == Ruled(state: .confirmed, slot: second))
        #expect(
            try say(.refuseMove, booking, by: mentor, move: late.act).verdict?.reason
                == .moveClosed)
        #expect(try isSound())
    }

    @Test func refusedAndWithdrawnProposalsAreClosed() throws {
        let (old, new) = (try slot(inHours: 2), try slot(inHours: 4))
        let booking = try request(old)
        for refuser in [mentor, participant] {
            let move = try say(.move, booking, by: participant, to: new)
            let refusal = try say(.refuseMove, booking, by: refuser, move: move.act)
            #expect(refusal.verdict == Ruled(state: .held, slot: old))
            #expect(
                try say(.acceptMove, booking, by: mentor, move: move.act).verdict?.reason
                    == .moveClosed)
        }
        // What was said in one batch is ruled on in its order.
        let move = participant.act(
            .move, on: booking, in: scope(participant),
            [Fields.BookingAct.slot: .reference(new)])
        let back = participant.act(
            .refuseMove, on: booking, in: scope(participant),
            [Fields.BookingAct.move: .reference(move.id)])
        try harness.push(participant, move.batch, back.batch)
        #expect(try verdict(on: back.id, in: scope(participant)) == Ruled(state: .held, slot: old))
        #expect(
            try say(.acceptMove, booking, by: mentor, move: move.id).verdict?.reason
                == .moveClosed)
        #expect(try isSound())
    }

    @Test func nothingMovesOnceItHasBegunOrEnded() throws {
        let (old, new, soon) = (
            try slot(inHours: 2), try slot(inHours: 6), try slot(inHours: 1)
        )
        let booking = try request(old)
        let move = try say(.move, booking, by: mentor, to: new)
        harness.pass(3_600_000)
        #expect(
            try say(.move, booking, by: mentor, to: soon).verdict?.reason == .slotStarted)
        try say(.approve, booking, by: mentor)
        harness.pass(3_600_000)
        #expect(
            try say(.acceptMove, booking, by: participant, move: move.act).verdict?.reason
                == .slotStarted)
        try say(.complete, booking, by: mentor)
        #expect(try say(.move, booking, by: mentor, to: new).verdict?.reason == .wrongState)
        #expect(try isSound())
    }

    @Test func nobodyAcceptsTheirOwnProposalAndNobodyElseMoves() throws {
        let (old, new) = (try slot(inHours: 2), try slot(inHours: 4))
        let booking = try request(old)
        let move = try say(.move, booking, by: participant, to: new)
        let admin = try harness.join(.admin, name: "admin")
        let refused = [
            participant.act(
                .acceptMove, on: booking, in: scope(participant),
                [Fields.BookingAct.move: .reference(move.act)]),
            admin.act(
                .move, on: booking, in: scope(participant), text: "because",
                [Fields.BookingAct.slot: .reference(new)]),
            participant.act(.move, on: booking, in: scope(participant)),
            mentor.act(.acceptMove, on: booking, in: scope(participant)),
            mentor.act(
                .acceptMove, on: booking, in: scope(participant),
                [Fields.BookingAct.move: .reference(booking)]),
        ]
        var reasons: [RefusalReason] = []
        for (made, device) in zip(refused, [participant, admin, participant, mentor, mentor]) {
            try harness.push(device, made.batch)
            reasons += try harness.admission(of: made.batch).sections.flatMap(\.refusals)
                .map(\.reason)
        }
        #expect(reasons == [.notAllowed, .notAllowed, .malformed, .malformed, .missingRecord])
        #expect(try status(booking).slot?.slot == old)
    }
}
