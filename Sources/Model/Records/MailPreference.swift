/// Which mail a member wants from the hub.
package enum MailPreference: Int64, NamedCase, Sendable {
    case none = 1
    /// One a day, with all that is new.
    case daily = 2
    /// Soon after something happened; what happens together comes in one.
    case prompt = 3

    package var name: String {
        switch self {
        case .none: "none"
        case .daily: "daily"
        case .prompt: "prompt"
        }
    }
}
