import Foundation
import Model
import TestSupport
import Testing

@testable import Replica

/// Two programs have a home open that the hub has not let in yet, and one joins with another
/// invitation.
@Suite struct JoiningAnewTests {
    private let harness: ReplicaHarness
    private let hub: RelayHub
    private let now = ClaimedTime(milliseconds: 2_000_000)

    init() throws {
        harness = try ReplicaHarness()
        hub = RelayHub(key: harness.hub, time: 2_000_000)
    }

    private var key: Data? {
        FileManager.default.contents(atPath: "\(harness.folder)/Ben/device.key")
    }

    @Test func whoHasBeenLetInMeanwhileKeepsTheirKey() async throws {
        let syncing = try harness.join("Ben", as: .participant)
        let joining = try Replica.open(at: syncing.home)
        let (before, member) = (key, syncing.identity.member)
        _ = try await syncing.sync(over: hub, now: { now })

        let error = await #expect(throws: ReplicaError.self) {
            try await joining.join(anew: harness.joining("Ben", as: .participant), now: now)
        }
        #expect(error?.reason == .exists)
        #expect(key == before)
        let after = try Replica.open(at: syncing.home).identity
        #expect(after.isRedeemed)
        #expect(after.member == member)
    }

    /// A laptop that has joined and got another key since was cut off before that key had the
    /// other one's name.
    @Test func theNextKeyOfALaptopThatHasJoinedStays() async throws {
        let syncing = try harness.join("Ben", as: .participant)
        let joining = try Replica.open(at: syncing.home)
        _ = try await syncing.sync(over: hub, now: { now })
        let request = try syncing.rekeyRequest()
        try await syncing.applyRekeying(hub.rekey(request.bytes), to: request)
        let home = syncing.home
        try FileManager.default.moveItem(
            atPath: home + "/device.key", toPath: home + "/device.key.next")

        let error = await #expect(throws: ReplicaError.self) {
            try await joining.join(anew: harness.joining("Ben", as: .participant), now: now)
        }
        #expect(error?.reason == .exists)
        #expect(try Replica.open(at: home).readingReason == nil)
    }

    @Test func joiningAnewWaitsForASync() async throws {
        let replica = try harness.join("Ben", as: .participant)
        let before = replica.identity.device
        let invitation = try harness.joining("Ben", as: .participant)
        let lock = try await SyncLock.acquire(at: replica.home)
        let joining = Task { [now] in try await replica.join(anew: invitation, now: now) }
        joining.cancel()
        await #expect(throws: CancellationError.self) { try await joining.value }
        #expect(try Replica.open(at: replica.home).identity.device == before)
        lock.release()
        try await replica.join(anew: invitation, now: now)
        #expect(replica.identity.device != before)
    }

    @Test func anAnswerToTheFormerInvitationIsNotTaken() async throws {
        let syncing = try harness.join("Ben", as: .participant)
        let answer = try await hub.redeem(syncing.redemptionRequest())
        let joining = try Replica.open(at: syncing.home)
        try await joining.join(anew: harness.joining("Ben", as: .participant), now: now)

        let error = #expect(throws: ReplicaError.self) { try syncing.applyRedemption(answer) }
        #expect(error?.reason == .busy)
        #expect(try !Replica.open(at: syncing.home).identity.isRedeemed)
        _ = try await joining.sync(over: hub, now: { now })
        #expect(try Replica.open(at: syncing.home).identity.isRedeemed)
    }

    /// It would use up the invitation for a key that is no more.
    @Test func theNewInvitationIsNotRedeemedForTheFormerKey() async throws {
        let first = try harness.join("Ben", as: .participant)
        let joining = try Replica.open(at: first.home)
        try await joining.join(anew: harness.joining("Ben", as: .participant), now: now)

        let error = #expect(throws: ReplicaError.self) { try first.redemptionRequest() }
        #expect(error?.reason == .busy)
        _ = try await first.sync(over: hub, now: { now })
        #expect(first.identity.isRedeemed)
        #expect(first.identity.device == joining.identity.device)
    }
}
