import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// What a clock that runs behind comes to on the hub: the floor that each admission states.
@Suite struct ClockFloorTests {
    private let harness: HubHarness
    private let device: RawDevice
    /// A clock that stands in 1999.
    private static let longAgo: Int64 = 930_000_000_000

    init() throws {
        harness = try HubHarness()
        device = try harness.join(.participant)
    }

    private func floor(
        ofEntryClaimedAt claimed: Int64, context: Position = .start
    ) throws -> EffectiveTime {
        let changes = device.create(
            Schema.journalEntry, device.newID(),
            [
                Fields.JournalEntry.body: .text("body"),
                Fields.JournalEntry.date: .text("2026-11-21"),
            ])
        let batch = device.batch(
            [[(.own(device.member), changes)]], context: context, claimed: claimed)
        try harness.push(device, batch)
        return try #require(try harness.admission(of: batch).sections.first).floor
    }

    @Test func workIsNotOlderThanWhatItsAuthorHadSeen() throws {
        let seen = try harness.hub.status().position
        let seenAt = EffectiveTime(milliseconds: harness.time.milliseconds)
        harness.pass(3_600_000)
        #expect(try floor(ofEntryClaimedAt: Self.longAgo, context: seen) == seenAt)
    }

    @Test func workIsNotOlderThanWhatItsDeviceDidBefore() throws {
        let claimed = harness.time.milliseconds - 60_000
        #expect(try floor(ofEntryClaimedAt: claimed) == .earliest)
        harness.pass(3_600_000)
        let floor = try floor(ofEntryClaimedAt: Self.longAgo)
        #expect(floor == EffectiveTime(milliseconds: claimed))
    }

    @Test func clockThatIsAheadDoesNotRaiseTheFloorBeyondTheReceipt() throws {
        let receipt = EffectiveTime(milliseconds: harness.time.milliseconds)
        _ = try floor(ofEntryClaimedAt: .max)
        harness.pass(3_600_000)
        #expect(try floor(ofEntryClaimedAt: Self.longAgo) == receipt)
    }
}
