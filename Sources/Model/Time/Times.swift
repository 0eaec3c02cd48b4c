/// When a device thought it was: milliseconds since 1970 UTC by its own clock, which may be years
/// off. Recorded as it was claimed; never a reason to refuse anything.
package struct ClaimedTime: Hashable, Comparable, Sendable {
    package let milliseconds: Int64
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// The hub's order time in milliseconds since 1970 UTC; it never runs back.
package struct HubTime: Hashable, Comparable, Sendable {
    package let milliseconds: Int64
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
