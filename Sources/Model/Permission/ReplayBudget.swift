/// How many events of texts may be walked over for what one batch is checked for.
package final class ReplayBudget {
    private var left = Limits.batchReplayEventsMax

    package init() {}

    /// Whether so many more may be walked over; they count if so.
    package func take(_ eventCount: Int) -> Bool {
        guard eventCount <= left else { return false }
        left -= eventCount
        return true
    }
}
