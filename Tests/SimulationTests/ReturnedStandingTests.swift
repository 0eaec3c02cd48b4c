import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Members of whom a hub that was set back knows nothing but the certificate of a laptop.
@Suite(.timeLimit(.minutes(10))) struct ReturnedStandingTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 2)
    }

    /// What the hub says by a certificate alone gives way to what it had said, as that comes back, and
    /// not to what an admin has said since.
    @Test func suspensionAndRoleThatComeBackCount() async throws {
        func standing(of laptop: Programme.Laptop) throws -> [String] {
            let row = try programme.hub.memberRow(laptop.member)
            return [row.role.name, row.state.name]
        }
        try await programme.sync(programme.join("Amy", as: .admin))
        let backup = try programme.backup()
        let max = try programme.join("Max", as: .admin)
        let ada = try programme.join("Ada", as: .admin)
        for laptop in [max, ada] {
            try laptop.replica.applyRedemption(
                programme.hub.redeem(
                    laptop.replica.redemptionRequest(), now: programme.hubTime))
        }
        try programme.hub.setRole(.mentor, of: max.member, now: programme.hubTime)
        try programme.hub.suspend(max.member, now: programme.hubTime)
        try await programme.sync(pia)
        try programme.hub.reinstate(max.member, now: programme.hubTime)
        try programme.hub.setRole(.mentor, of: ada.member, now: programme.hubTime)
        try await programme.sync(mia)
        try programme.restore(backup)
        for laptop in [max, ada] { try await programme.sync(laptop) }
        for laptop in [max, ada] { #expect(try standing(of: laptop) == ["admin", "active"]) }
        try programme.hub.setRole(.participant, of: ada.member, now: programme.hubTime)

        try await programme.sync(pia)
        #expect(try standing(of: max) == ["mentor", "suspended"])
        let refused = await #expect(throws: HubError.self) { try await programme.sync(max) }
        #expect(refused?.reason == .memberSuspended)
        try await programme.sync(mia)
        #expect(try standing(of: max) == ["mentor", "active"])
        #expect(try standing(of: ada) == ["participant", "active"])
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }
}
