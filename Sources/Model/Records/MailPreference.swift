/// Which mail a member wants from the hub.
package enum MailPreference: Int64, CaseIterable, Sendable {
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

    package init?(name: String) {
        guard let preference = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = preference
    }
}
