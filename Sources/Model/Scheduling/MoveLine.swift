/// Which proposal to move a booking stands open, by the verdicts on it.
///
/// There is one at a time: a later proposal takes the place of an earlier one, by whichever side.
/// Nothing is reserved for it: the seat is taken when it is accepted, in the same step that frees
/// the old one, or nothing changes.
package enum MoveLine {
    /// An effective verdict on an act about moves.
    package struct Step: Sendable {
        package let act: RecordID
        package let kind: BookingActKind
        /// Whether the booking has the proposed slot by it.
        package let isDone: Bool

        package init(act: RecordID, kind: BookingActKind, isDone: Bool) {
            self.act = act
            self.kind = kind
            self.isDone = isDone
        }
    }

    /// The proposal that waits for an answer, after steps in the order in which the hub gave the
    /// verdicts.
    package static func open(_ steps: [Step]) -> RecordID? {
        guard let last = steps.last(where: { $0.kind.isAboutMoves }), last.kind == .move,
            !last.isDone
        else { return nil }
        return last.act
    }

    /// Whether a verdict only takes note: it leaves the booking where it was. One on a proposal does
    /// unless the booking has the proposed slot by it, one on a refusal always.
    package static func isNote(
        _ kind: BookingActKind, proposed: RecordID?, given: RecordID?
    ) -> Bool {
        switch kind {
        case .move: proposed != given
        case .refuseMove: true
        default: false
        }
    }
}

extension BookingActKind {
    /// Whether it proposes a move or answers one.
    package var isAboutMoves: Bool {
        switch self {
        case .move, .acceptMove, .refuseMove: true
        case .approve, .decline, .cancel, .complete, .missed, .grant: false
        }
    }
}
