import Model

/// The hub's order time: the wall clock, never running back, and not believed when it jumps ahead.
///
/// A wall clock that is suddenly more than a day ahead of the time that has passed since the last
/// look is taken for an accident (expiry would hang on it): time then goes on at the pace of the
/// steady clock. A hub may have been off for weeks, so when it starts, only a clock that is months
/// ahead of the last time it used is not believed. An admin confirms the new time with
/// `serve --confirm-clock`.
struct HubClock: Sendable {
    /// One look at both clocks of the machine.
    struct Reading: Sendable {
        let wallMilliseconds: Int64
        /// Counts evenly while the process runs, from any start.
        let steadyMilliseconds: Int64
    }

    static let jumpMillisecondsMax: Int64 = 24 * 60 * 60 * 1000
    /// How long a hub may plausibly have been off.
    static let absenceMillisecondsMax: Int64 = 90 * 24 * 60 * 60 * 1000

    private var last: HubTime
    private var lastSteadyMilliseconds: Int64

    /// Starts at what the wall clock says, but never before a time already used, nor at one that is
    /// implausibly long after it.
    ///
    /// - Parameters:
    ///   - reading: the clocks now.
    ///   - earlier: the last time that was used; 0 for a new hub.
    ///   - isConfirmed: whether an admin says that the wall clock is right.
    init(
        _ reading: Reading, notBefore earlier: HubTime = HubTime(milliseconds: 0),
        isConfirmed: Bool = false
    ) {
        let wall = HubTime(milliseconds: reading.wallMilliseconds)
        isDoubtful =
            earlier.milliseconds > 0 && !isConfirmed
            && wall.milliseconds > earlier.milliseconds + Self.absenceMillisecondsMax
        last = isDoubtful ? earlier : max(wall, earlier)
        lastSteadyMilliseconds = reading.steadyMilliseconds
    }

    /// Whether the last look found a wall clock that was not believed.
    private(set) var isDoubtful: Bool

    mutating func time(at reading: Reading) -> HubTime {
        let passed = max(0, reading.steadyMilliseconds - lastSteadyMilliseconds)
        let expected = last.milliseconds + passed
        isDoubtful = reading.wallMilliseconds > expected + Self.jumpMillisecondsMax
        let believed = isDoubtful ? expected : reading.wallMilliseconds
        last = max(last, HubTime(milliseconds: believed))
        lastSteadyMilliseconds = reading.steadyMilliseconds
        return last
    }
}
