/// How a member wants to hear of things, as their settings record says and where it says nothing.
package struct NotificationSettings: Hashable, Sendable {
    /// Minutes before a meeting, or before a task is due, at which to be reminded; descending.
    package let reminders: [Int64]
    /// Nil where nothing is ever to wait.
    package let quiet: QuietHours?
    package let mail: MailPreference
    /// Minutes after midnight.
    package let mailAt: Int64

    package static let remindersDefault: [Int64] = [24 * 60, 60, 30]
    package static let mailDefault = MailPreference.daily
    package static let mailAtDefault: Int64 = 7 * 60

    /// Reads the values of a settings record; nil for somebody who has none.
    package init(_ values: FieldValues?) {
        let values = values ?? FieldValues()
        let given = values[Fields.Settings.reminders]?.list?.compactMap(\.integer)
        reminders = Set(given ?? Self.remindersDefault).sorted(by: >)
        let from = values[Fields.Settings.quietFrom]?.integer
        let until = values[Fields.Settings.quietUntil]?.integer
        quiet = from.flatMap { from in until.flatMap { QuietHours(from: from, until: $0) } }
        mail =
            values[Fields.Settings.mail]?.integer.flatMap(MailPreference.init(rawValue:))
            ?? Self.mailDefault
        mailAt = values[Fields.Settings.mailAt]?.integer ?? Self.mailAtDefault
    }
}

/// A part of every day, on the clock of the member's wall, in which nothing is sent.
package struct QuietHours: Hashable, Sendable {
    /// Minutes after midnight; the end may lie on the next day.
    package let from: Int64
    package let until: Int64

    /// Nil where nothing lies between the two.
    package init?(from: Int64, until: Int64) {
        guard from != until else { return nil }
        self.from = from
        self.until = until
    }

    package static let minutesOfDay: Int64 = 24 * 60

    /// Whether they last at this minute of a day.
    package func contains(_ minute: Int64) -> Bool {
        from < until ? (from..<until).contains(minute) : minute >= from || minute < until
    }

    /// How many minutes after this one they end; nil while they do not last.
    package func minutesLeft(at minute: Int64) -> Int64? {
        guard contains(minute) else { return nil }
        let left = until.subtracting(clamped: minute)
        return left > 0 ? left : left.adding(clamped: Self.minutesOfDay)
    }
}
