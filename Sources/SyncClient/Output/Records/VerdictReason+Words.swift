import Model

extension VerdictReason {
    /// The reason for people, on its own.
    var sentence: String { clause.prefix(1).uppercased() + clause.dropFirst() + "." }

    /// The reason for people, inside a sentence.
    var clause: String {
        switch self {
        case .slotTaken: "the slot was taken"
        case .slotWithdrawn: "the mentor has withdrawn the slot"
        case .slotStarted: "the meeting had begun already"
        case .slotUnknown: "there is no such slot"
        case .participantBusy: "the participant is busy at that time"
        case .mentorBusy: "the mentor is busy at that time"
        case .expired: "the time came before the mentor had approved"
        case .wrongState: "the booking was not in a state for that"
        case .notStarted: "the meeting had not begun yet"
        case .moveClosed: "no such proposal waited for an answer any more"
        case .tooLate: "the mentor wants to know of it earlier"
        case .dayFull: "the mentor has as many meetings that day as they want"
        case .slotLent: "the mentor's laptop alone gives this slot's seats away now"
        case .noneFree: "none of the mentor's slots in that time can be had"
        case .notHolder: "the slot was not lent to that laptop"
        case .undecided: "requests for the slot gather until it is decided"
        case .nobodyFree: "no mentor who offers this has time then"
        case .mentorSuspended: "the mentor is suspended"
        }
    }
}
