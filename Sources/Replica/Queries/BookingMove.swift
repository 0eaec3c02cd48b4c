package import Model

/// A proposal to move a booking to another slot, as the booking's people see it.
package struct BookingMove: Sendable {
    package enum State: String, Sendable {
        /// The hub has not ruled on the proposal.
        case requested
        /// It waits for the other side's answer.
        case open
        case accepted
        case refused
        /// Taken back by who had proposed it.
        case withdrawn
        /// The hub ruled that it can't be.
        case failed
        /// The booking ended, or its time came, before there was an answer.
        case lapsed
    }

    /// The proposal.
    package let act: RecordID
    package let slot: RecordID
    /// When the proposed slot starts and ends, in milliseconds since 1970; nil while the slot is not
    /// known here.
    package let start: Int64?
    package let end: Int64?
    /// Who proposes it; nil while the author's device is not known here.
    package let author: MemberID?
    package let state: State
    /// Why it can't be: of the proposal, or of an answer that had no effect.
    package let reason: VerdictReason?
    /// Free slots that the hub offers instead.
    package let alternatives: [BookingOutlook.Alternative]
    /// The answer that waits for the hub.
    package let unruledAnswer: BookingActKind?

    /// Whether it can still be answered, as far as is known here.
    package var isOpen: Bool { (state == .requested || state == .open) && unruledAnswer == nil }
}

extension BookingActKind {
    /// Whether the booking keeps its seat, whatever the hub makes of it.
    var keepsSeat: Bool { self == .move || self == .refuseMove }
}

extension ReplicaReader {
    /// The latest proposal to move a booking that stands in this state, and what became of it by
    /// verdicts in the order in which the hub gave them.
    func move(
        of booking: StoredRecord, state: BookingState?, _ acts: [StoredRecord],
        _ verdicts: [StoredRecord]
    ) throws -> BookingMove? {
        let actByID = Self.byID(acts)
        let verdictByAct = Dictionary(
            verdicts.compactMap { verdict in
                verdict.reference(Fields.BookingVerdict.act).map { ($0, verdict) }
            }
        ) { first, _ in first }
        func verdict(on act: StoredRecord) -> StoredRecord? { verdictByAct[act.id] }
        let proposals = acts.filter { $0.actKind == .move }
        var ruled: [StoredRecord] = []
        var steps: [MoveLine.Step] = []
        for verdict in verdicts {
            let id = verdict.reference(Fields.BookingVerdict.act)
            guard let act = id.flatMap({ actByID[$0] }), let kind = act.actKind,
                kind.isAboutMoves
            else { continue }
            if kind == .move { ruled.append(act) }
            guard !verdict.hasReason else { continue }
            steps.append(
                MoveLine.Step(act: act.id, kind: kind, isDone: !verdict.isNote(on: act)))
        }
        let open = MoveLine.open(steps)
        let unruled = proposals.last { verdict(on: $0) == nil }
        guard let act = unruled ?? ruled.first(where: { $0.id == open }) ?? ruled.last,
            let slot = act.reference(Fields.BookingAct.slot)
        else { return nil }
        let answers = acts.filter { $0.reference(Fields.BookingAct.move) == act.id }
        let author = try author(of: act.id)
        let own = verdict(on: act)
        var reason = own.flatMap(\.verdictReason)
        var become: BookingMove.State = own == nil ? .requested : .open
        if own?.hasReason ?? false {
            become = .failed
        } else if let own, !own.isNote(on: act) {
            become = .accepted
        }
        var offers = try own.map(alternatives) ?? []
        for verdict in verdicts where become == .open {
            guard let id = verdict.reference(Fields.BookingVerdict.act), let answer = actByID[id],
                answer.reference(Fields.BookingAct.move) == act.id
            else { continue }
            if verdict.hasReason {
                reason = verdict.verdictReason
                offers = try alternatives(verdict)
            } else if answer.actKind == .acceptMove {
                become = .accepted
            } else {
                become = try self.author(of: answer.id) == author ? .withdrawn : .refused
            }
        }
        if become == .open, !(state?.mayMove ?? true) { become = .lapsed }
        let span = try span(ofSlot: slot)
        return BookingMove(
            act: act.id, slot: slot, start: span?.start, end: span?.end, author: author,
            state: become, reason: become == .accepted ? nil : reason, alternatives: offers,
            unruledAnswer: answers.last { verdict(on: $0) == nil }?.actKind)
    }
}
