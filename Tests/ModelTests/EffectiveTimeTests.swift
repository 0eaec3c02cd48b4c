import Model
import TestSupport
import Testing

/// A wrong clock wins nothing and costs nothing.
@Suite struct EffectiveTimeTests {
    private let floor: Int64 = 1_790_000_000_000
    private let receipt: Int64 = 1_790_000_600_000
    /// 1999-01-01 and 2031-01-01.
    private let past: Int64 = 915_148_800_000
    private let future: Int64 = 1_924_992_000_000

    private func clamp(_ claimed: [Int64], floor: Int64? = nil) -> [Int64] {
        EffectiveTime.clamp(
            claimed: claimed.map { ClaimedTime(milliseconds: $0) },
            floor: EffectiveTime(milliseconds: floor ?? self.floor),
            receipt: HubTime(milliseconds: receipt)
        ).map(\.milliseconds)
    }

    @Test func honestClaimStands() {
        #expect(clamp([floor + 5, floor + 5, floor + 9]) == [floor + 5, floor + 5, floor + 9])
    }

    @Test func clockIn1999CountsFromTheFloor() {
        #expect(clamp([past, past + 1]) == [floor, floor])
    }

    @Test func clockIn2031CountsAsTheReceipt() {
        #expect(clamp([future, future + 1]) == [receipt, receipt])
    }

    @Test func laterSetOfASectionIsNeverEarlier() {
        #expect(
            clamp([floor + 9, past, floor + 5, future]) == [
                floor + 9, floor + 9, floor + 9, receipt,
            ])
        #expect(clamp([future, floor + 1]) == [receipt, receipt])
    }

    @Test func floorAfterTheReceiptHolds() {
        #expect(
            clamp([past, floor, future], floor: receipt + 7) == [
                receipt + 7, receipt + 7, receipt + 7,
            ])
    }

    @Test func emptySectionHasNoTimes() {
        #expect(clamp([]).isEmpty)
    }

    @Test func extremeClaimsAreHarmless() {
        #expect(clamp([.min, .max]) == [floor, receipt])
    }

    /// Whatever two devices claim, the order of what they wrote in different batches cannot be
    /// turned around further than floor and receipt allow.
    @Test(arguments: Seed.samples(64))
    func timesLieBetweenFloorAndReceiptAndRise(seed: Seed) {
        var seed = seed
        let floor = seed.integer() / 4
        let receipt = seed.integer() / 4
        let times = EffectiveTime.clamp(
            claimed: (0..<20).map { _ in ClaimedTime(milliseconds: seed.integer()) },
            floor: EffectiveTime(milliseconds: floor), receipt: HubTime(milliseconds: receipt)
        ).map(\.milliseconds)
        #expect(times == times.sorted())
        #expect(times.allSatisfy { $0 >= floor && $0 <= max(floor, receipt) })
    }
}
