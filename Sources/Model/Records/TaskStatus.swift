/// Where a mentorship task stands.
package enum TaskStatus: Int64, NamedCase, Sendable {
    case open = 1
    /// The participant says it is done and waits for the mentor's review.
    case submitted = 2
    case done = 3

    package var name: String {
        switch self {
        case .open: "open"
        case .submitted: "submitted"
        case .done: "done"
        }
    }
}
