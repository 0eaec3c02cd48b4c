import Foundation
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Requests to any mentor at a hub that is set back: what it had answered stays answered.
@Suite(.timeLimit(.minutes(10))) struct RestoredOpenRequestTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let max: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        max = try programme.join("Max", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        try await programme.syncAll(rounds: 2)
        for (mentor, hours) in [(mia, Int64(5)), (max, 9)] {
            let start = (programme.hubTime.milliseconds / 3_600_000 + hours) * 3_600_000
            try mentor.replica.act("offer", at: programme.now(mentor)) { action in
                let scope = Scope.slots(of: mentor.member)
                try action.create(
                    Schema.offer, in: scope,
                    values: [
                        Fields.Offer.topic: .text("Joinery"), Fields.Offer.minutes: .integer(60),
                    ])
                try action.create(
                    Schema.slot, in: scope,
                    values: [
                        Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(60),
                        Fields.Slot.capacity: .integer(1), Fields.Slot.instant: .boolean(true),
                    ])
            }
        }
        try await programme.syncAll(rounds: 2)
    }

    private func ask(_ topic: String = "Joinery") throws -> RecordID {
        try pia.replica.act("booking request", at: programme.now(pia)) { [pia] action in
            try action.create(
                Schema.openRequest, in: .own(pia.member),
                values: [
                    Fields.OpenRequest.topic: .text(topic),
                    Fields.OpenRequest.from: .integer(programme.hubTime.milliseconds),
                    Fields.OpenRequest.until: .integer(
                        programme.hubTime.milliseconds + 86_400_000),
                ])
        }
    }

    private func cancel(_ request: RecordID) throws {
        try pia.replica.act("booking cancel", at: programme.now(pia)) { [pia] action in
            try action.set(
                Fields.OpenRequest.cancelled, of: request, Schema.openRequest,
                in: .own(pia.member), to: .boolean(true))
        }
    }

    private func expectSound() throws {
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// The participant's laptop holds the request and the booking, the mentor's the booking alone:
    /// whoever comes first, nothing is booked a second time.
    @Test(arguments: [true, false])
    func answerThatComesBackStands(participantComesFirst: Bool) async throws {
        let backup = try programme.backup()
        _ = try ask()
        try await programme.syncAll(rounds: 2)
        let before = try programme.bookings(pia)
        #expect(before.values.map { $0 } == [.confirmed])
        try programme.restore(backup)
        for laptop in participantComesFirst ? [pia, mia] : [mia, pia] {
            try await programme.sync(laptop)
        }
        try await programme.syncAll()
        _ = try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.bookings(pia) == before)
        #expect(try programme.bookings(max).isEmpty)
        #expect(try pia.replica.read { try $0.openRequests().isEmpty })
    }

    /// The answer is lost with the hub, for nobody had fetched it: it is ruled on when the recovery
    /// ends, once.
    @Test func requestWithoutItsAnswerIsRuledOnAfterTheRecovery() async throws {
        let backup = try programme.backup()
        try await programme.sync(pia)
        _ = try ask()
        try programme.restore(backup)
        try await programme.syncAll()
        #expect(try programme.bookings(pia).isEmpty)
        _ = try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.bookings(pia).values.map { $0 } == [.confirmed])
    }

    /// The only thing that the hub has to say at the end is that nobody has time.
    @Test func refusalAfterTheRecoveryIsARuling() async throws {
        let backup = try programme.backup()
        try await programme.sync(pia)
        _ = try ask("Swimming")
        try programme.restore(backup)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
        let open = try pia.replica.read { try $0.openRequests() }
        #expect(open.map(\.reason) == [.nobodyFree])
    }

    /// It waits for the end of the recovery and is taken back before.
    @Test func requestThatIsTakenBackWaitsNoMore() async throws {
        let backup = try programme.backup()
        try await programme.sync(pia)
        let request = try ask()
        try programme.restore(backup)
        try await programme.syncAll()
        try cancel(request)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.hub.recoveryStatus().waiting == 0)
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.bookings(pia).isEmpty)
    }

    /// It is taken back while the hub rules on nothing.
    @Test func bookingOfOneTakenBackIsCancelledWhenTheRecoveryEnds() async throws {
        let backup = try programme.backup()
        let request = try ask()
        try await programme.syncAll(rounds: 2)
        try programme.restore(backup)
        try cancel(request)
        try await programme.syncAll()
        #expect(try programme.bookings(pia).values.map { $0 } == [.confirmed])
        _ = try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
        #expect(try programme.bookings(pia).values.map { $0 } == [.cancelled])
    }
}
