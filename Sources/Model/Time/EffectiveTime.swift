/// When a change counts as made: the claimed time, clamped to what the hub can prove. It orders
/// heads for display and nothing else; a clock in 1999 or 2031 gains nothing by it.
package struct EffectiveTime: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static let earliest = EffectiveTime(milliseconds: 0)

    package static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Returns the effective times of a section's change sets in their order: each is at least
    /// the floor and at least its predecessor, and never after the receipt unless the floor is.
    package static func clamp(
        claimed: [ClaimedTime], floor: EffectiveTime, receipt: HubTime
    ) -> [EffectiveTime] {
        var running = floor
        return claimed.map { claim in
            let bounded = min(claim.milliseconds, receipt.milliseconds)
            running = max(running, EffectiveTime(milliseconds: bounded))
            return running
        }
    }
}
