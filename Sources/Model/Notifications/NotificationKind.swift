/// What a notification tells; the numbers are kept in tables.
package enum NotificationKind: Int64, NamedCase, Sendable {
    /// Somebody asks for a meeting, or has booked one.
    case request = 1
    /// The hub has ruled on a meeting.
    case verdict = 2
    /// Somebody proposes another time, or has answered such a proposal.
    case move = 3
    case cancellation = 4
    case feedback = 5
    case taskGiven = 6
    case taskSubmitted = 7
    case taskDone = 8
    case taskReopened = 9
    /// Who works with whom, which devices count, who takes part as what.
    case access = 10
    /// Values stand against each other that the member is to choose from.
    case conflict = 11
    /// Somebody has taken what a record said out of every copy.
    case erased = 12

    /// The word in commands and JSON.
    package var name: String {
        switch self {
        case .request: "request"
        case .verdict: "verdict"
        case .move: "move"
        case .cancellation: "cancellation"
        case .feedback: "feedback"
        case .taskGiven: "taskGiven"
        case .taskSubmitted: "taskSubmitted"
        case .taskDone: "taskDone"
        case .taskReopened: "taskReopened"
        case .access: "access"
        case .conflict: "conflict"
        case .erased: "erased"
        }
    }
}
