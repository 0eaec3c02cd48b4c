import Model

/// The hub's order time: the wall clock, never running back, and not believed when it jumps ahead.
///
/// A wall clock that is suddenly more than a day ahead of the time that has passed since the last
/// look is taken for an accident (expiry would hang on it): time then goes on at the pace of the
/// steady clock. Starting `serve` again is how an admin confirms the new time.
struct HubClock: Sendable {
    /// One look at both clocks of the machine.
    struct Reading: Sendable {
        let wallMilliseconds: Int64
        /// Counts evenly while the process runs, from any start.
        let steadyMilliseconds: Int64
    }

    static let jumpMillisecondsMax: Int64 = 24 * 60 * 60 * 1000

    private var last: HubTime
    private var lastSteadyMilliseconds: Int64

    /// Starts at what the wall clock says, but never before a time already used.
    init(_ reading: Reading, notBefore earlier: HubTime = HubTime(milliseconds: 0)) {
        last = max(HubTime(milliseconds: reading.wallMilliseconds), earlier)
        lastSteadyMilliseconds = reading.steadyMilliseconds
    }

    /// Whether the last look found a wall clock that was not believed.
    private(set) var isDoubtful = false

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
