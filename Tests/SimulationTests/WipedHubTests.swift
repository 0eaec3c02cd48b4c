import Model
import Testing

@testable import Replica
@testable import SyncServer

/// A hub that lost everything but its key says something before anybody has given back anything.
@Suite(.timeLimit(.minutes(5))) struct WipedHubTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try await programme.syncAll(rounds: 2)
    }

    private func expectSound() throws {
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func itInvitesSomebody() async throws {
        try programme.wipeHub()
        _ = try programme.hub.invite(
            .admin, email: "new@example.org", name: nil, validMilliseconds: 86_400_000,
            now: programme.hubTime)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }

    /// The first laptop to come has nothing but its certificate.
    @Test func itLetsSomebodyInWhoHasNothingToGiveBack() async throws {
        let paul = try programme.join("Paul", as: .participant)
        try paul.replica.applyRedemption(
            programme.hub.redeem(paul.replica.redemptionRequest(), now: programme.hubTime))
        try programme.wipeHub()
        try await programme.sync(paul)
        try await programme.syncAll()
        try programme.hub.endRecovery(now: programme.hubTime)
        try await programme.syncAll()
        try expectSound()
    }
}
