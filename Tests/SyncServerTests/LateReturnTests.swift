import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// What comes back when the recovery has ended, in parts and by devices that may not bring the rest.
@Suite(.timeLimit(.minutes(10))) struct LateReturnTests {
    private let stage: BookingStage
    private let slot: RecordID
    private let backup: String

    init() throws {
        stage = try BookingStage()
        slot = try stage.slot(inMinutes: 3 * 24 * 60)
        backup = stage.harness.folder + "/backup"
    }

    private var giver: RawDevice { stage.participants[0] }

    /// Entries as the hub has them that is lost.
    private func entries(from first: Position) throws -> [SyncAnswer.Entry] {
        try stage.harness.hub.database.read { store in
            var entries: [SyncAnswer.Entry] = []
            try store.forEachPlace { place in
                guard place.position > first else { return }
                entries.append(
                    try store.entry(
                        device: place.batch.device, sequence: place.batch.sequence, sections: nil))
            }
            return entries
        }
    }

    private func backUp() throws -> Position {
        _ = try stage.harness.hub.backup(to: backup, now: stage.harness.time)
        return try stage.harness.hub.status().position
    }

    /// A hub made from the backup whose recovery has ended.
    private func restored() throws -> Hub {
        let folder = HubFolder(stage.harness.folder + "/restored")
        _ = try Hub.restore(from: backup, to: folder)
        let hub = try Hub.open(folder)
        stage.harness.pass(60_000)
        try hub.beginServing(now: stage.harness.time)
        try hub.endRecovery(now: stage.harness.time)
        return hub
    }

    private func give(
        _ entries: [SyncAnswer.Entry], by device: RawDevice, to hub: Hub
    ) throws -> [SyncAnswer.Receipt.Outcome] {
        var request = device.request(position: Position(epoch: 1, number: 999))
        request.returned = entries
        return try send(request, of: device, to: hub).receipts.map(\.outcome)
    }

    @discardableResult
    private func send(
        _ request: SyncRequest, of device: RawDevice, to hub: Hub
    ) throws -> SyncAnswer {
        try device.open(
            hub.sync(request.sealed(by: device.key).encodedBytes, now: stage.harness.time), request)
    }

    /// Asks as a laptop does that has nothing more to give back.
    private func goOn(_ device: RawDevice, at hub: Hub, with batches: [SealedBatch] = []) throws {
        let challenge = try send(device.request(), of: device, to: hub).challenge
        var request = device.request(batches)
        request.challenge = challenge
        #expect(try send(request, of: device, to: hub).challenge.isEmpty)
    }

    private func states(_ bookings: [RecordID], at hub: Hub) throws -> [BookingState?] {
        try hub.database.read { store in try bookings.map { try store.status(of: $0)?.state } }
    }

    /// One that was cancelled, and one of another slot: each request, and the act, is followed by the
    /// verdict on it.
    private func loseTwoBookings() throws -> (
        booking: RecordID, other: RecordID, lost: [SyncAnswer.Entry]
    ) {
        let later = try stage.slot(inMinutes: 4 * 24 * 60)
        let place = try backUp()
        let booking = try stage.request(slot, by: 0)
        try stage.say(.cancel, booking, of: 0, by: giver)
        let other = try stage.request(later, by: 1)
        let lost = try entries(from: place)
        #expect(lost.count == 6)
        return (booking, other, lost)
    }

    enum End: CaseIterable { case revoked, suspended, silent }

    /// The laptop was to bring the verdict, too.
    @Test(arguments: End.allCases)
    func requestOfWhoBringsNoMoreIsRuledOn(end: End) throws {
        let place = try backUp()
        let booking = try stage.request(slot, by: 0)
        let lost = try #require(try entries(from: place).first)
        let hub = try restored()
        #expect(try give([lost], by: giver, to: hub) == [.admitted])
        stage.harness.pass(23 * 3_600_000)
        try hub.expireHolds(now: stage.harness.time)
        #expect(try states([booking], at: hub) == [nil])
        switch end {
        case .revoked: try hub.revoke(giver.device, isStolen: false, now: stage.harness.time)
        case .suspended: try hub.suspend(giver.member, now: stage.harness.time)
        case .silent: stage.harness.pass(2 * 3_600_000)
        }
        try hub.expireHolds(now: stage.harness.time)
        #expect(try states([booking], at: hub) == [.confirmed])
        #expect(try hub.verify().fault == nil)
    }

    /// The mentor gives back what the participant asked for, who cancels before the mentor is done.
    @Test func actWaitsWithTheRequestThatCameBack() throws {
        let place = try backUp()
        let booking = try stage.request(slot, by: 0)
        let lost = try #require(try entries(from: place).first)
        let hub = try restored()
        #expect(try give([lost], by: stage.mentor, to: hub) == [.admitted])
        let act = giver.act(.cancel, on: booking, in: stage.scope(0))
        try goOn(giver, at: hub, with: [act.batch])
        #expect(try states([booking], at: hub) == [nil])
        try goOn(stage.mentor, at: hub)
        #expect(try states([booking], at: hub) == [.cancelled])
        #expect(try hub.verify().fault == nil)
    }

    /// The verdict that freed the seat, and the number of seats that it left, come back together.
    @Test func seatThatComesBackFreeGoesToWhoWaits() throws {
        let booking = try stage.request(slot, by: 0)
        let place = try backUp()
        try stage.say(.cancel, booking, of: 0, by: giver)
        let lost = try entries(from: place)
        let hub = try restored()
        let other = stage.participants[1]
        let waiting = other.booking(slot, with: stage.mentor.member, waits: true)
        try goOn(other, at: hub, with: [waiting.batch])
        #expect(try states([booking, waiting.id], at: hub) == [.confirmed, .waitlisted])
        #expect(try give(lost, by: giver, to: hub) == [.admitted, .admitted])
        try goOn(giver, at: hub)
        #expect(try states([booking, waiting.id], at: hub) == [.cancelled, .confirmed])
        #expect(try hub.verify().fault == nil)
    }

    /// One brings the request, another one what was done about it, and the first ends last.
    @Test func actOfAnotherWaitsForWhoBringsTheRequest() throws {
        let (booking, other, lost) = try loseTwoBookings()
        let hub = try restored()
        #expect(try give([lost[0]], by: giver, to: hub) == [.admitted])
        #expect(try give([lost[4]], by: stage.participants[1], to: hub) == [.admitted])
        #expect(
            try give([lost[0], lost[2]], by: stage.mentor, to: hub) == [.known, .admitted])
        try goOn(stage.mentor, at: hub)
        #expect(try states([booking, other], at: hub) == [nil, nil])
        #expect(try hub.verify().fault == nil)
        try goOn(giver, at: hub)
        #expect(try states([booking, other], at: hub) == [.cancelled, nil])
        #expect(try hub.verify().fault == nil)
    }

    /// All that is left of a booking is that somebody cancelled it.
    @Test func actWithoutARequestWaitsOn() throws {
        let (booking, other, lost) = try loseTwoBookings()
        let hub = try restored()
        #expect(try give([lost[2]], by: stage.mentor, to: hub) == [.admitted])
        try goOn(stage.mentor, at: hub)
        #expect(try hub.verify().fault == nil)
        #expect(try give([lost[4]], by: stage.participants[1], to: hub) == [.admitted])
        try goOn(stage.participants[1], at: hub)
        #expect(try states([booking, other], at: hub) == [nil, .confirmed])
        #expect(try hub.verify().fault == nil)
        #expect(try give([lost[0]], by: giver, to: hub) == [.admitted])
        try goOn(giver, at: hub)
        #expect(try states([booking, other], at: hub) == [.cancelled, .confirmed])
        #expect(try hub.verify().fault == nil)
    }
}
