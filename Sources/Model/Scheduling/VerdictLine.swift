/// Where a booking stands by all the verdicts on it.
///
/// A hub gives one verdict on each request and each act, so the latest one tells. Only after a hub
/// was set back there can be more: what it had ruled before, and what it ruled until a laptop
/// brought that back. Then both stand, and one that would take away what an earlier one gave has
/// no effect: people have relied on it.
package struct VerdictLine: Sendable {
    /// One verdict, as far as it matters here.
    package struct Verdict: Hashable, Sendable {
        /// What it was given on; nil where time ran out.
        package let act: RecordID?
        package let state: BookingState
        /// Whether it brought the booking where it says it is; one on an act without effect did
        /// not, and neither did one that only takes note of a proposal.
        package let isEffective: Bool

        package init(act: RecordID?, state: BookingState, isEffective: Bool) {
            self.act = act
            self.state = state
            self.isEffective = isEffective
        }
    }

    /// The verdict by which the booking stands.
    ///
    /// - Parameter verdicts: in the order in which the hub gave them.
    /// - Returns: its index; nil if there is none.
    package static func standing(_ verdicts: [Verdict]) -> Int? {
        var standing: Int?
        var counted: [RecordID: BookingState] = [:]
        for (index, verdict) in verdicts.enumerated() where verdict.isEffective {
            if let act = verdict.act, let earlier = counted[act],
                earlier.takesSeat || !verdict.state.takesSeat
            {
                continue
            }
            if let standing, takesAway(verdict.state, from: verdicts[standing].state) { continue }
            standing = index
            if let act = verdict.act { counted[act] = verdict.state }
        }
        return standing ?? verdicts.indices.last
    }

    /// A confirmed meeting ends by somebody's act only: cancelled, completed or missed.
    private static func takesAway(_ next: BookingState, from state: BookingState) -> Bool {
        switch (state, next) {
        case (.confirmed, .held), (.confirmed, .refused), (.confirmed, .declined): true
        case (.completed, .held), (.completed, .refused), (.completed, .declined): true
        case (.missed, .held), (.missed, .refused), (.missed, .declined): true
        default: false
        }
    }
}
