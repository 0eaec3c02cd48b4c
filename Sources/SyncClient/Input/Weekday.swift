/// The days of the week, Monday first.
enum Weekday: Int, CaseIterable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// Reads the English name or a beginning of it of at least three letters, in any case.
    init?(text: some StringProtocol) {
        let text = text.lowercased()
        guard text.utf8.count >= 3, let match = Self.allCases.first(where: { $0.isNamed(text) })
        else { return nil }
        self = match
    }

    /// `Mon`, `Tue`, …
    var abbreviation: String {
        switch self {
        case .monday: "Mon"
        case .tuesday: "Tue"
        case .wednesday: "Wed"
        case .thursday: "Thu"
        case .friday: "Fri"
        case .saturday: "Sat"
        case .sunday: "Sun"
        }
    }

    private func isNamed(_ text: String) -> Bool { String(describing: self).hasPrefix(text) }
}
