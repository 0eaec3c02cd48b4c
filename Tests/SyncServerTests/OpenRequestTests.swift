import Cryptography
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Requests to any mentor for a topic.
@Suite struct OpenRequestTests {
    let stage: BookingStage
    /// Another mentor, with nobody of their own.
    let other: RawDevice

    init() throws {
        stage = try BookingStage()
        other = try stage.harness.join(.mentor, name: "other")
    }

    private var mentor: RawDevice { stage.mentor }
    private var participant: RawDevice { stage.participants[0] }

    private func at(_ minutes: Int64) -> Int64 {
        stage.harness.time.milliseconds + minutes * 60_000
    }

    @discardableResult
    private func offer(_ topic: String, by device: RawDevice) throws -> RecordID {
        let id = device.newID()
        let changes = device.create(
            Schema.offer, id,
            [Fields.Offer.topic: .text(topic), Fields.Offer.minutes: .integer(30)])
        try stage.harness.push(device, device.batch(.slots(of: device.member), changes))
        return id
    }

    private func slot(
        _ minutes: Int64, by device: RawDevice, for offer: RecordID? = nil, isInstant: Bool = true,
        _ terms: [FieldID: Value] = [:]
    ) throws -> RecordID {
        var terms = terms
        terms[Fields.Slot.offer] = offer.map { .reference($0) }
        let made = device.slot(at: at(minutes), isInstant: isInstant, terms)
        try stage.harness.push(device, made.batch)
        return made.id
    }

    private func creation(
        _ topic: String, _ id: RecordID, until: Int64 = 1000
    ) -> [Change] {
        participant.create(
            Schema.openRequest, id,
            [
                Fields.OpenRequest.topic: .text(topic), Fields.OpenRequest.from: .integer(at(0)),
                Fields.OpenRequest.until: .integer(at(until)),
                Fields.OpenRequest.note: .text("A chair"),
            ])
    }

    private func cancellation(_ id: RecordID) -> [Change] {
        [
            Change(
                record: id, entity: Schema.openRequest.id, field: Fields.OpenRequest.cancelled,
                operation: .set(.boolean(true)))
        ]
    }

    private func push(_ changes: [Change]) throws {
        try stage.harness.push(participant, participant.batch(.own(participant.member), changes))
    }

    private func ask(_ topic: String, until: Int64 = 1000) throws -> RecordID {
        let id = participant.newID()
        try push(creation(topic, id, until: until))
        return id
    }

    private func bookings(_ request: RecordID) throws -> [HubStore.BookingStatus] {
        try stage.harness.hub.database.read { store in
            try store.bookings(ofOpenRequest: request).compactMap { try store.status(of: $0) }
        }
    }

    private func values(
        _ record: RecordID, _ entity: Entity, in scope: Scope
    ) throws -> FieldValues {
        try stage.harness.hub.database.read { store in
            let state = try store.tables.state(
                of: record, entity: entity.id, in: store.tables.scope(scope))
            return store.tables.view(of: state).values
        }
    }

    private func reason(_ request: RecordID) throws -> VerdictReason? {
        try values(request, Schema.openRequest, in: .own(participant.member))[
            Fields.OpenRequest.reason]?.integer.flatMap(VerdictReason.init(rawValue:))
    }

    private func verdicts(_ act: RecordID, with mentor: RawDevice) throws -> Int {
        let scope = Scope.pair(mentor: mentor.member, participant: participant.member)
        return try stage.harness.hub.database.read { store in
            let row = try store.tables.scope(scope)
            return try store.recordIDs(of: Schema.bookingVerdict, in: row).count { id in
                let state = try store.tables.state(
                    of: id, entity: Schema.bookingVerdict.id, in: row)
                return store.tables.view(of: state).values[Fields.BookingVerdict.act]?.reference
                    == act
            }
        }
    }

    // MARK: Whom it finds

    /// The mentor who has time first, whatever the topic's letters look like; not one who offers
    /// something else, and no slot that is for something else.
    @Test func earliestSlotOfThoseWhoOfferTheTopicIsTaken() throws {
        try offer("Joinery", by: mentor)
        let others = try offer("  joinery ", by: other)
        let swimming = try offer("Swimming", by: other)
        _ = try slot(60, by: other, for: swimming)
        _ = try slot(180, by: mentor)
        let first = try slot(120, by: other, for: others)
        let request = try ask("JOINERY")
        let booking = try #require(try bookings(request).first)
        #expect(booking.slot?.slot == first)
        #expect(booking.state == .confirmed)
        #expect(booking.scope == .pair(mentor: other.member, participant: participant.member))
        #expect(try stage.taken(first) == 1)
        let copied = try values(booking.booking, Schema.booking, in: booking.scope)
        #expect(copied[Fields.Booking.topic] == .text("JOINERY"))
        #expect(copied[Fields.Booking.note] == .text("A chair"))
        #expect(try reason(request) == nil)
        #expect(try verdicts(booking.booking, with: other) == 1)
        #expect(try stage.isSound())
    }

    @Test func mentorApprovesIt() throws {
        try offer("Joinery", by: mentor)
        _ = try slot(120, by: mentor, isInstant: false)
        let booking = try #require(try bookings(ask("Joinery")).first)
        #expect(booking.state == .held)
        try stage.say(.approve, booking.booking, of: 0, by: mentor)
        #expect(try stage.status(booking.booking)?.state == .confirmed)
        #expect(try stage.isSound())
    }

    /// Too late, too long, gathering, lent, withdrawn or taken ones are no slots to be had.
    @Test func whatCannotBeHadIsPassedOver() throws {
        try offer("Joinery", by: mentor)
        _ = try slot(30, by: mentor, [Fields.Slot.notice: .integer(120)])
        _ = try slot(
            90, by: mentor,
            [
                Fields.Slot.decideAt: .integer(at(80)),
                Fields.Slot.order: .integer(RequestOrder.earliest.rawValue),
            ])
        try stage.lend(slot(150, by: mentor), to: mentor)
        _ = try stage.request(slot(210, by: mentor), by: 1)
        // The participant has something else to do then.
        _ = try stage.request(slot(270, by: mentor), by: 0)
        try offer("Joinery", by: other)
        _ = try slot(275, by: other)
        let free = try slot(330, by: mentor)
        _ = try slot(990, by: mentor)
        #expect(try bookings(ask("Joinery")).map(\.slot?.slot) == [free])
        let second = try ask("Joinery")
        #expect(try bookings(second).isEmpty)
        #expect(try reason(second) == .nobodyFree)
        #expect(try stage.isSound())
    }

    @Test func suspendedMentorIsNotAsked() throws {
        try offer("Joinery", by: mentor)
        _ = try slot(120, by: mentor)
        try stage.harness.hub.suspend(mentor.member, now: stage.harness.time)
        let request = try ask("Joinery")
        #expect(try reason(request) == .nobodyFree)
    }

    /// It is ruled on once: what is free later is for later requests.
    @Test func answerStands() throws {
        let request = try ask("Joinery")
        #expect(try reason(request) == .nobodyFree)
        try offer("Joinery", by: mentor)
        _ = try slot(120, by: mentor)
        #expect(try bookings(request).isEmpty)
        try push(cancellation(request))
        #expect(try bookings(request).isEmpty)
        #expect(try stage.isSound())
    }

    // MARK: Taken back

    @Test func whoTakesItBackInTimeGetsNothing() throws {
        try offer("Joinery", by: mentor)
        let slot = try slot(120, by: mentor)
        let request = participant.newID()
        try push(creation("Joinery", request) + cancellation(request))
        #expect(try bookings(request).isEmpty)
        #expect(try reason(request) == nil)
        #expect(try stage.taken(slot) == 0)
        #expect(try stage.isSound())
    }

    /// The hub had found somebody when it heard of that; said twice, it counts once.
    @Test func whatHadComeOfItIsCancelled() throws {
        try offer("Joinery", by: mentor)
        let slot = try slot(120, by: mentor)
        let request = try ask("Joinery")
        #expect(try stage.taken(slot) == 1)
        try push(cancellation(request) + cancellation(request))
        try push(cancellation(request))
        #expect(try bookings(request).map(\.state) == [.cancelled])
        #expect(try stage.taken(slot) == 0)
        #expect(try verdicts(request, with: mentor) == 1)
        #expect(try stage.isSound())
    }

    @Test func meetingThatHasBegunIsNotCancelled() throws {
        try offer("Joinery", by: mentor)
        _ = try slot(120, by: mentor)
        let request = try ask("Joinery")
        try stage.pass(minutes: 130)
        try push(cancellation(request))
        let booking = try #require(try bookings(request).first)
        #expect(booking.state == .confirmed)
        #expect(try stage.verdict(on: request, of: 0)?.reason == .slotStarted)
        #expect(try stage.isSound())
    }
}
