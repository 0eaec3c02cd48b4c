import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// A request or an act that reaches the referee again, by whatever road, is not ruled on again.
@Suite struct VerdictOnceTests {
    private let harness: HubHarness
    private let mentor: RawDevice
    private let participant: RawDevice
    private let scope: Scope
    private let booking: RecordID

    init() throws {
        harness = try HubHarness()
        (mentor, participant) = try harness.pair()
        scope = .pair(mentor: mentor.member, participant: participant.member)
        let slot = mentor.slot(at: harness.time.milliseconds + 3_600_000)
        try harness.push(mentor, slot.batch)
        let request = participant.booking(slot.id, with: mentor.member)
        try harness.push(participant, request.batch)
        booking = request.id
    }

    /// What the hub would say if these events came again.
    private func rulings(on events: [AdmittedEvents.Event]) throws -> [Ledger.HubChangeSet] {
        try harness.hub.database.write { store in
            var admitted = AdmittedEvents()
            admitted.events = events
            return try Referee.rule(
                on: admitted, Ledger(store, key: harness.hub.key), now: harness.time,
                schema: Schema.version)
        }
    }

    private func state() throws -> BookingState? {
        try harness.hub.database.read { try $0.status(of: booking)?.state }
    }

    @Test func requestHasOneVerdict() throws {
        #expect(try state() == .held)
        let again = AdmittedEvents.Event.request(
            booking: booking, scope: scope, device: participant.device)
        #expect(try rulings(on: [again, again]) == [])
        #expect(try state() == .held)
    }

    @Test func actHasOneVerdict() throws {
        let approval = mentor.act(.approve, on: booking, in: scope)
        try harness.push(mentor, approval.batch)
        #expect(try state() == .confirmed)
        #expect(try rulings(on: [.act(approval.id, scope: scope)]) == [])
        #expect(try state() == .confirmed)
    }

    @Test func expiredHoldExpiresOnceAndStaysRefused() throws {
        harness.pass(3_600_000)
        #expect(try harness.hub.expireHolds(now: harness.time) > 0)
        #expect(try harness.hub.expireHolds(now: harness.time) == 0)
        try harness.push(mentor, mentor.act(.approve, on: booking, in: scope).batch)
        #expect(try state() == .refused)
    }

    /// Acts move only bookings of the pair in whose scope they are said: somebody else's act that
    /// names this booking is refused, and if it ever got into the tables it would not be ruled on.
    @Test func actOfAnotherPairMovesNothing() throws {
        let other = try harness.redeem(
            mentor.invitation(.join(.participant), at: harness.time).text)
        let elsewhere = Scope.pair(mentor: mentor.member, participant: other.member)
        let act = other.act(.cancel, on: booking, in: elsewhere)
        let answer = try harness.push(other, act.batch)
        #expect(try harness.refusal(of: act.batch, in: answer) == .missingRecord)
        let rulings = try harness.hub.database.write { store in
            let ledger = Ledger(store, key: harness.hub.key)
            let values: [FieldID: Value] = [
                Fields.BookingAct.booking: .reference(booking),
                Fields.BookingAct.kind: .integer(BookingActKind.cancel.rawValue),
            ]
            let record = try ledger.newRecordID()
            let changes = ledger.creation(of: Schema.bookingAct, record, values)
            let row = try store.tables.scope(elsewhere)
            for (index, change) in changes.enumerated() {
                let placed = PlacedChange(
                    change: change, device: other.device, number: UInt64(index) + 100,
                    context: .empty, position: try ledger.nextPosition(), time: .earliest)
                try store.tables.admit(placed, in: row)
            }
            var admitted = AdmittedEvents()
            admitted.events = [.act(record, scope: elsewhere)]
            return try Referee.rule(on: admitted, ledger, now: harness.time, schema: Schema.version)
        }
        #expect(rulings == [])
        #expect(try state() == .held)
    }
}
