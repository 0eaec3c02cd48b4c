/// Where a booking stands.
package enum BookingState: Int64, NamedCase, Sendable {
    /// Asked for; the hub has not ruled. Never stored, only shown.
    case requested = 1
    /// A seat is taken for it and waits for the mentor.
    case held = 2
    case confirmed = 3
    case refused = 4
    case declined = 5
    case cancelled = 6
    case completed = 7
    case missed = 8
    /// Waits for a seat of its slot to become free.
    case waitlisted = 9

    package var name: String {
        switch self {
        case .requested: "requested"
        case .held: "held"
        case .confirmed: "confirmed"
        case .refused: "refused"
        case .declined: "declined"
        case .cancelled: "cancelled"
        case .completed: "completed"
        case .missed: "missed"
        case .waitlisted: "waitlisted"
        }
    }

    /// Whether a booking in this state can be moved to another slot, until it starts.
    package var mayMove: Bool { self == .held || self == .confirmed }

    /// Whether a booking in this state keeps its seat and its people's time.
    package var takesSeat: Bool {
        switch self {
        case .held, .confirmed, .completed, .missed: true
        case .requested, .refused, .declined, .cancelled, .waitlisted: false
        }
    }
}

/// What people say about a booking after the request, which is the booking record itself.
package enum BookingActKind: Int64, CaseIterable, Sendable {
    case approve = 1
    case decline = 2
    case cancel = 3
    case complete = 4
    case missed = 5
    /// Proposes another slot of the same mentor. By a participant and into a slot that needs no
    /// approval, it takes effect at once.
    case move = 6
    /// Accepts what the other side has proposed.
    case acceptMove = 7
    /// Refuses a proposal, or takes back one's own.
    case refuseMove = 8
    /// Gives a seat of a slot that is on loan to the device which says so. Final: whoever holds the
    /// slot has its seats to give.
    case grant = 9

    package var name: String {
        switch self {
        case .approve: "approve"
        case .decline: "decline"
        case .cancel: "cancel"
        case .complete: "complete"
        case .missed: "missed"
        case .move: "move"
        case .acceptMove: "accept-move"
        case .refuseMove: "refuse-move"
        case .grant: "grant"
        }
    }

    /// Whether somebody of this standing may say it at all, whatever the booking's state.
    package func mayBeSaid(by party: BookingParty) -> Bool {
        switch (self, party) {
        case (.approve, .mentor), (.decline, .mentor), (.complete, .mentor), (.missed, .mentor),
            (.grant, .mentor):
            true
        case (.cancel, _): true
        case (.move, .mentor), (.acceptMove, .mentor), (.refuseMove, .mentor),
            (.move, .participant), (.acceptMove, .participant), (.refuseMove, .participant):
            true
        default: false
        }
    }
}

/// Somebody's standing towards a booking.
package enum BookingParty: Sendable {
    case mentor, participant, admin
}

/// Why the hub refused a request or why an act had no effect.
package enum VerdictReason: Int64, CaseIterable, Sendable {
    case slotTaken = 1
    case slotWithdrawn = 2
    case slotStarted = 3
    case slotUnknown = 4
    /// The participant has another booking at that time, or something else to do.
    case participantBusy = 5
    /// The mentor has another booking at that time, or something else to do.
    case mentorBusy = 6
    /// The start passed before the mentor approved.
    case expired = 7
    /// The booking is not in a state in which this can be said.
    case wrongState = 8
    /// Completed and missed can be said from the start on.
    case notStarted = 9
    /// The proposal has been answered, another one has taken its place, or it never stood.
    case moveClosed = 10
    /// Less time is left until the start than the mentor wants to know of it before.
    case tooLate = 11
    /// The mentor has as many meetings on that day as they want.
    case dayFull = 12
    /// The slot is on loan: the mentor's laptop alone gives its seats away.
    case slotLent = 13
    /// None of the slots between the two instants can be had.
    case noneFree = 14
    /// The slot is not on loan to the device that gave a seat of it.
    case notHolder = 15
    /// Requests for the slot gather until it is decided.
    case undecided = 16
    /// No mentor who meets people about the topic has a slot between the two instants.
    case nobodyFree = 17
    /// The mentor is suspended: they would hear of it from nobody.
    case mentorSuspended = 18

    /// The stable word in JSON.
    package var code: String {
        switch self {
        case .slotTaken: "slotTaken"
        case .slotWithdrawn: "slotWithdrawn"
        case .slotStarted: "slotStarted"
        case .slotUnknown: "slotUnknown"
        case .participantBusy: "participantBusy"
        case .mentorBusy: "mentorBusy"
        case .expired: "expired"
        case .wrongState: "wrongState"
        case .notStarted: "notStarted"
        case .moveClosed: "moveClosed"
        case .tooLate: "tooLate"
        case .dayFull: "dayFull"
        case .slotLent: "slotLent"
        case .noneFree: "noneFree"
        case .notHolder: "notHolder"
        case .undecided: "undecided"
        case .nobodyFree: "nobodyFree"
        case .mentorSuspended: "mentorSuspended"
        }
    }
}

/// The pure rule by which acts move a booking on. The hub applies it in its order; a laptop runs
/// it over the verdicts it has and its own unruled acts, for display only.
///
/// *requested* → *confirmed* (instant) | *held* | *waitlisted* | *refused*; *waitlisted* →
/// *confirmed* | *held* when a seat becomes free, *cancelled*, *refused* when the start passes; *held* → *confirmed* | *declined* |
/// *cancelled* | *refused* when the start passes; *confirmed* → *cancelled*; after the start
/// *completed* or *missed*. A seat can be moved until the start; a move that is accepted, by
/// whichever side, confirms. So does a grant, whatever was ruled before, unless somebody has ended
/// the booking. Any other act has no effect and gets a reason.
package enum BookingMachine {
    /// Returns the state after an act, or why it has no effect. A slot has started when its start
    /// has passed by the hub's time.
    package static func apply(
        _ act: BookingActKind, to state: BookingState, hasStarted: Bool
    ) -> Result<BookingState, Ineffective> {
        switch (act, state) {
        case (.approve, .held):
            hasStarted ? .failure(Ineffective(.slotStarted)) : .success(.confirmed)
        case (.decline, .held): .success(.declined)
        case (.cancel, .held), (.cancel, .requested), (.cancel, .waitlisted):
            .success(.cancelled)
        case (.cancel, .confirmed):
            hasStarted ? .failure(Ineffective(.slotStarted)) : .success(.cancelled)
        case (.complete, .confirmed):
            hasStarted ? .success(.completed) : .failure(Ineffective(.notStarted))
        case (.missed, .confirmed):
            hasStarted ? .success(.missed) : .failure(Ineffective(.notStarted))
        case (.move, .held), (.move, .confirmed):
            hasStarted ? .failure(Ineffective(.slotStarted)) : .success(state)
        case (.acceptMove, .held), (.acceptMove, .confirmed):
            hasStarted ? .failure(Ineffective(.slotStarted)) : .success(.confirmed)
        case (.refuseMove, .held), (.refuseMove, .confirmed): .success(state)
        // Whoever held the slot gave the seat before the hub heard of it, however late that is.
        case (.grant, .requested), (.grant, .held), (.grant, .waitlisted), (.grant, .refused),
            (.grant, .confirmed):
            .success(.confirmed)
        default: .failure(Ineffective(.wrongState))
        }
    }

    /// The state in which a request that got a seat begins: a mentor's own request and an instant
    /// slot need no approval.
    package static func granted(isInstant: Bool, byMentor: Bool) -> BookingState {
        isInstant || byMentor ? .confirmed : .held
    }

    /// An act that changes nothing, and why.
    package struct Ineffective: Error, Equatable, Sendable {
        package let reason: VerdictReason
        package init(_ reason: VerdictReason) { self.reason = reason }
    }
}
