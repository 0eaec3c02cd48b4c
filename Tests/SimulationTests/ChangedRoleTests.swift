import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A mentor who becomes an admin while somebody waits for their answer: the hub still has to rule on
/// what was asked of them as a mentor. A hub lets nobody become one who has that under way, but one
/// that was set back may not know of it.
@Suite(.timeLimit(.minutes(10))) struct ChangedRoleTests {
    @Test func holdOfAFormerMentorExpires() async throws {
        let (programme, mia, pia) = try await Programme.ofPair()
        let slot = try programme.addSlot(inHours: 48, isInstant: false, by: mia)
        try await programme.syncAll(rounds: 2)
        let booking = try pia.replica.act("booking request", at: programme.now(pia)) { action in
            try action.create(
                Schema.booking, in: .pair(mentor: mia.member, participant: pia.member),
                values: [Fields.Booking.slot: .reference(slot)])
        }
        try await programme.syncAll(rounds: 2)
        #expect(try programme.bookings(pia)[booking] == .held)

        try programme.hub.setRoleAnyway(
            .admin, of: mia.member, now: programme.hubTime)
        programme.pass(milliseconds: 3 * 86_400_000)
        _ = try programme.hub.expireHolds(now: programme.hubTime)
        try await programme.syncAll()
        #expect(try programme.bookings(pia)[booking] == .refused)
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }
}
