package import Model

/// A booking as its people see it: what the hub has ruled, and what this replica's unruled acts
/// would make of that.
///
/// The hub's verdicts are the truth. Acts that it has not ruled on go through the same machine that
/// the hub runs, but what comes out is a forecast: the booking shows as *requested* until the hub
/// has spoken, never as confirmed.
package struct BookingOutlook: Sendable {
    package let booking: StoredRecord
    package let mentor: MemberID
    package let participant: MemberID
    /// What the latest verdict says; nil before the first.
    package let ruled: BookingState?
    /// The acts that wait for a verdict, in the order they were made.
    package let unruledActs: [BookingActKind]
    /// The slot that the hub gave it, or whoever has it on loan, else the one asked for first; nil
    /// while any slot between two instants will do.
    package let slot: RecordID?
    /// Whether the device that has the slot on loan has given it a seat. That is final, although the
    /// hub has not heard of it.
    package let isPromised: Bool
    /// When the hub decides on all requests for the slot that have gathered until then; nil for one
    /// that it rules on at once, or has ruled on.
    package let decideAt: Int64?
    /// When the slot starts and ends, in milliseconds since 1970; nil while the slot is not known.
    package let start: Int64?
    package let end: Int64?
    /// Why the hub refused the request or let the booking lapse.
    package let reason: VerdictReason?
    /// The words of the person whose act brought the booking into its state.
    package let statement: String?
    /// Free slots that the hub offers instead.
    package let alternatives: [Alternative]
    /// The latest proposal to move it; nil if there was none.
    package let move: BookingMove?
    package let events: [Event]

    /// A slot that the hub offers instead of a refused one.
    package struct Alternative: Hashable, Sendable {
        package let slot: RecordID
        /// Nil while the slot is not known here.
        package let start: Int64?
    }

    /// Something that happened to a booking: the request, an act, or a verdict.
    package struct Event: Sendable {
        package enum Author: Hashable, Sendable {
            case hub
            /// Nil while the author's device is not known here.
            case member(MemberID?)
        }

        /// Milliseconds since 1970.
        package let at: Int64
        package let author: Author
        /// `request`, the act's word, or for a verdict the state it brought.
        package let word: String
        /// What a person added: a reason, notes.
        package let statement: String?
        /// What the hub added: why it refused or why an act had no effect.
        package let reason: VerdictReason?
        /// The act on which the hub ruled that it has no effect.
        package let ineffectiveAct: BookingActKind?
        /// Whether it is a verdict that only takes note of a proposal or a refusal.
        package let isNote: Bool
        /// Whether it waits for a verdict.
        package let isUnruled: Bool
        /// The slot that a move proposes; with its start, while that is known here.
        package var slot: Alternative?
    }

    /// Whether the request or an act waits for the hub.
    package var isPending: Bool { ruled == nil || !unruledActs.isEmpty }

    /// The state to show: the ruled one, or requested while something waits for the hub that may
    /// end it or give it another seat. Who only proposes a move keeps what they have.
    package var state: BookingState {
        isPromised
            ? .confirmed : unruledActs.allSatisfy(\.keepsSeat) ? ruled ?? .requested : .requested
    }

    /// What the hub would probably make of the acts it has not ruled on, given whether the slot's
    /// start has passed; nil where no clock can be trusted to tell.
    package func forecast(hasStarted: Bool?) -> BookingState {
        unruledActs.reduce(ruled ?? .requested) { state, act in
            (try? Self.outcome(of: act, in: state, hasStarted: hasStarted).get()) ?? state
        }
    }

    /// Why a new act would have no effect, as far as this replica knows; nil if it may have one.
    ///
    /// A wrong clock is never a reason to refuse a person's work: where it is not known whether the
    /// slot has started, only what holds before and after the start counts.
    package func objection(to act: BookingActKind, hasStarted: Bool?) -> VerdictReason? {
        let state = forecast(hasStarted: hasStarted)
        switch Self.outcome(of: act, in: state, hasStarted: hasStarted) {
        case .success: return nil
        case .failure(let ineffective): return ineffective.reason
        }
    }

    private static func outcome(
        of act: BookingActKind, in state: BookingState, hasStarted: Bool?
    ) -> Result<BookingState, BookingMachine.Ineffective> {
        if let hasStarted {
            return BookingMachine.apply(act, to: state, hasStarted: hasStarted)
        }
        let before = BookingMachine.apply(act, to: state, hasStarted: false)
        if case .success = before { return before }
        return BookingMachine.apply(act, to: state, hasStarted: true)
    }
}

extension ReplicaReader {
    /// How a booking stands; nil for a record that is no booking or lies outside of a pair's scope.
    package func outlook(of booking: StoredRecord) throws -> BookingOutlook? {
        guard booking.entity == Schema.booking.id, let mentor = booking.scope.mentor,
            let participant = booking.scope.participant
        else { return nil }
        let verdicts = try verdicts(on: booking)
        let acts = try records(
            of: Schema.bookingAct,
            where: [
                .equals(Fields.BookingAct.booking, .reference(booking.id)), .scope(booking.scope),
            ])
        let actByID = Self.byID(acts)
        let ruledActs = Set(verdicts.compactMap { $0.reference(Fields.BookingVerdict.act) })
        let unruled = acts.filter { !ruledActs.contains($0.id) }
        // An act without effect has a verdict, too; it says nothing of how the booking came to stand
        // as it does.
        let known = verdicts.filter { $0.bookingState != nil }
        let decisive = VerdictLine.standing(
            known.compactMap { $0.verdict(on: booking.id, acts: actByID) }
        ).map { known[$0] }
        // An act without effect has a verdict also while the request gathers, which has none.
        let ruled = decisive?.bookingState == .requested ? nil : decisive?.bookingState
        let promised = try promisedSlot(of: booking, ruled, unruled)
        let slot =
            promised ?? decisive?.reference(Fields.BookingVerdict.slot)
            ?? verdicts.last { $0.reference(Fields.BookingVerdict.slot) != nil }?
            .reference(Fields.BookingVerdict.slot) ?? booking.reference(Fields.Booking.slot)
        let span = try slot.flatMap(span)
        let decisiveAct = decisive?.reference(Fields.BookingVerdict.act)
        return BookingOutlook(
            booking: booking, mentor: mentor, participant: participant,
            ruled: ruled, unruledActs: unruled.compactMap(\.actKind), slot: slot,
            isPromised: promised != nil,
            decideAt: ruled == nil ? try slot.flatMap(decideAt) : nil,
            start: span?.start, end: span?.end, reason: decisive?.verdictReason,
            statement: decisiveAct.flatMap { actByID[$0] }?.text(Fields.BookingAct.text),
            alternatives: try decisive.map(alternatives) ?? [],
            move: try move(of: booking, state: ruled, acts, verdicts),
            events: try events(of: booking, acts: acts, verdicts: verdicts))
    }

    /// The slot of which a device that has it on loan has given the booking a seat, by a request of
    /// its own or by an act, while the hub has not ruled on that and nobody has said more.
    private func promisedSlot(
        of booking: StoredRecord, _ ruled: BookingState?, _ unruled: [StoredRecord]
    ) throws -> RecordID? {
        let last = unruled.last { !($0.actKind?.keepsSeat ?? true) }
        if let last {
            guard last.actKind == .grant, let slot = last.reference(Fields.BookingAct.slot),
                case .success = BookingMachine.apply(
                    .grant, to: ruled ?? .requested, hasStarted: false)
            else { return nil }
            return try holder(of: slot) == last.id.device ? slot : nil
        }
        guard ruled == nil, let slot = booking.reference(Fields.Booking.slot) else { return nil }
        return try holder(of: slot) == booking.id.device ? slot : nil
    }

    /// The device that has a slot on loan, as far as is known here.
    package func holder(of slot: RecordID) throws -> DeviceID? {
        try record(slot, of: Schema.slot)?.integer(Fields.Slot.holder)
            .map { DeviceID(column: $0) }
    }

    private func decideAt(ofSlot slot: RecordID) throws -> Int64? {
        try record(slot, of: Schema.slot)?.integer(Fields.Slot.decideAt)
    }

    /// How the booking of a verdict stands, for a sync to report; nil if it is not here any more.
    package func outlook(ofVerdict verdict: RecordID) throws -> BookingOutlook? {
        guard let record = try record(verdict, of: Schema.bookingVerdict),
            let id = record.reference(Fields.BookingVerdict.booking),
            let booking = try self.record(id, of: Schema.booking)
        else { return nil }
        return try outlook(of: booking)
    }

    func alternatives(_ verdict: StoredRecord) throws -> [BookingOutlook.Alternative] {
        try verdict.list(Fields.BookingVerdict.alternatives).compactMap(\.reference)
            .map { .init(slot: $0, start: try span(ofSlot: $0)?.start) }
    }

    /// All bookings of the replica by start, those with an unknown one last.
    package func bookingOutlooks() throws -> [BookingOutlook] {
        try outlooks(of: records(of: Schema.booking))
    }

    /// The same of some scopes only.
    package func bookingOutlooks(in scopes: [Scope]) throws -> [BookingOutlook] {
        try outlooks(of: scopes.flatMap { try records(of: Schema.booking, where: [.scope($0)]) })
    }

    /// The bookings of which a slot that was asked for or given starts after an instant, in
    /// milliseconds since 1970: few of those of a mentor of many years.
    package func bookingOutlooks(startingAfter instant: Int64) throws -> [BookingOutlook] {
        try outlooks(of: upcomingBookings(after: instant))
    }

    private func outlooks(of bookings: [StoredRecord]) throws -> [BookingOutlook] {
        try bookings.compactMap { try outlook(of: $0) }
            .sorted { left, right in
                (left.start ?? .max, left.booking.id) < (right.start ?? .max, right.booking.id)
            }
    }

    /// The verdicts on a booking as the hub gave them. Its counter rises with every record it
    /// makes, so ids order what bears the same time.
    private func verdicts(on booking: StoredRecord) throws -> [StoredRecord] {
        try records(
            of: Schema.bookingVerdict,
            where: [
                .equals(Fields.BookingVerdict.booking, .reference(booking.id)),
                .scope(booking.scope),
            ]
        ).sorted {
            ($0.integer(Fields.BookingVerdict.at) ?? 0, $0.id)
                < ($1.integer(Fields.BookingVerdict.at) ?? 0, $1.id)
        }
    }

    /// A booking may have as many acts and verdicts as people care to make.
    static func byID(_ records: [StoredRecord]) -> [RecordID: StoredRecord] {
        Dictionary(records.map { ($0.id, $0) }) { first, _ in first }
    }

    func span(ofSlot slot: RecordID) throws -> (start: Int64, end: Int64)? {
        guard let record = try record(slot, of: Schema.slot, includesDead: true),
            let start = record.integer(Fields.Slot.start),
            let minutes = record.integer(Fields.Slot.minutes)
        else { return nil }
        return (start, start.adding(clamped: minutes.minutesInMilliseconds))
    }

    private func events(
        of booking: StoredRecord, acts: [StoredRecord], verdicts: [StoredRecord]
    ) throws -> [BookingOutlook.Event] {
        let ruled = Set(verdicts.compactMap { $0.reference(Fields.BookingVerdict.act) })
        let actByID = Self.byID(acts)
        var events: [BookingOutlook.Event] = [
            BookingOutlook.Event(
                at: booking.createdAt.milliseconds, author: .member(try author(of: booking.asked)),
                word: "request", statement: booking.text(Fields.Booking.note), reason: nil,
                ineffectiveAct: nil, isNote: false, isUnruled: !ruled.contains(booking.id))
        ]
        for act in acts {
            events.append(
                BookingOutlook.Event(
                    at: act.createdAt.milliseconds, author: .member(try author(of: act.id)),
                    word: act.actKind?.name ?? "unknown",
                    statement: act.text(Fields.BookingAct.text), reason: nil, ineffectiveAct: nil,
                    isNote: false, isUnruled: !ruled.contains(act.id),
                    slot: act.actKind == .move
                        ? try act.reference(Fields.BookingAct.slot).map {
                            .init(slot: $0, start: try span(ofSlot: $0)?.start)
                        } : nil))
        }
        for verdict in verdicts {
            let ruledOn = verdict.reference(Fields.BookingVerdict.act)
            if ruledOn == booking.asked, ruledOn != booking.id {
                // The request to any mentor was taken back; when, only the hub can tell.
                events.append(
                    BookingOutlook.Event(
                        at: verdict.integer(Fields.BookingVerdict.at) ?? 0,
                        author: .member(booking.scope.participant), word: "cancel",
                        statement: nil, reason: nil, ineffectiveAct: nil, isNote: false,
                        isUnruled: false))
            }
            let act = ruledOn.flatMap { actByID[$0] }
            events.append(
                BookingOutlook.Event(
                    at: verdict.integer(Fields.BookingVerdict.at) ?? 0, author: .hub,
                    word: verdict.bookingState?.name ?? "unknown", statement: nil,
                    reason: verdict.verdictReason,
                    ineffectiveAct: verdict.isEffective(on: booking.id)
                        ? nil : verdict.actKind(saidBy: act, on: booking),
                    isNote: act.map(verdict.isNote) ?? false, isUnruled: false))
        }
        // The order of the appends breaks ties: an act comes before the verdict on it.
        return events.enumerated().sorted { left, right in
            if left.element.isUnruled != right.element.isUnruled { return right.element.isUnruled }
            return (left.element.at, left.offset) < (right.element.at, right.offset)
        }.map(\.element)
    }
}

extension StoredRecord {
    var bookingState: BookingState? {
        integer(Fields.BookingVerdict.state).flatMap(BookingState.init(rawValue:))
    }

    var verdictReason: VerdictReason? {
        integer(Fields.BookingVerdict.reason).flatMap(VerdictReason.init(rawValue:))
    }

    /// Whether a verdict gives a reason, which may be one of a later version.
    package var hasReason: Bool { self[Fields.BookingVerdict.reason] != .null }

    /// Whether what a verdict was given on has an effect.
    package func isEffective(on booking: RecordID) -> Bool {
        let act = reference(Fields.BookingVerdict.act)
        return !hasReason || act == nil || act == booking
    }

    /// The record as a verdict on a booking; nil where this version does not know its state.
    func verdict(
        on booking: RecordID, acts: [RecordID: StoredRecord]
    ) -> VerdictLine.Verdict? {
        let act = reference(Fields.BookingVerdict.act)
        return bookingState.map {
            VerdictLine.Verdict(
                act: act, state: $0,
                isEffective: isEffective(on: booking)
                    && !(act.flatMap { acts[$0] }.map(isNote) ?? false))
        }
    }

    /// Whether a verdict only takes note of an act; see ``MoveLine``.
    package func isNote(on act: StoredRecord) -> Bool {
        act.actKind.map {
            MoveLine.isNote(
                $0, proposed: act.reference(Fields.BookingAct.slot),
                given: reference(Fields.BookingVerdict.slot))
        } ?? false
    }

    /// What a verdict was given on, if that is no request: an act, or the end of an open request.
    package func actKind(saidBy act: StoredRecord?, on booking: StoredRecord) -> BookingActKind? {
        let isEnd =
            reference(Fields.BookingVerdict.act) == booking.reference(Fields.Booking.openRequest)
        return act?.actKind ?? (isEnd && booking.asked != booking.id ? .cancel : nil)
    }

    /// The record by which a booking was asked for: itself, or the open request of which the hub
    /// made it.
    package var asked: RecordID { values.asked(of: id) }

    /// What an act says; nil for one of a later version.
    package var actKind: BookingActKind? {
        integer(Fields.BookingAct.kind).flatMap(BookingActKind.init(rawValue:))
    }
}
