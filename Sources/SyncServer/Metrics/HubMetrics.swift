import Synchronization

/// What a hub counts while it runs, for whoever watches over it: numbers only, of all members
/// together. They begin at zero when it starts.
final class HubMetrics: Sendable {
    struct Counts: Sendable {
        var tally = HubTally()
        /// Seconds from the end of a sync request's body until its answer is made.
        var sync = Histogram.seconds
        /// Seconds from the last statement of a transaction until it is on the disk.
        var commit = Histogram.seconds
        /// Requests that shared one transaction.
        var group = Histogram.powersOfTwo
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    func note(_ tally: HubTally) { state.withLock { $0.tally.add(tally) } }

    func noteGroup(of requests: Int) { state.withLock { $0.group.note(Double(requests)) } }

    func noteSync(_ time: Duration) { state.withLock { $0.sync.note(time / .seconds(1)) } }

    func noteCommit(_ time: Duration) { state.withLock { $0.commit.note(time / .seconds(1)) } }

    /// Counts a request that was answered with an error.
    func noteRefusal(_ error: HubError) {
        state.withLock { $0.tally.noteRefusal(of: .request, error.code) }
    }
}
