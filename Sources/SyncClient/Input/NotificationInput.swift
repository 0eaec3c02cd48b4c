import Model

/// Reads how people want to hear of things.
enum NotificationInput {
    /// Minutes before what they remind of, descending; none for `none`.
    static func reminders(_ text: String) throws -> [Int64] {
        if isNone(text) { return [] }
        let reader = DurationInput(
            bounds: 60_000...Int64(Limits.reminderMinutesMax) * 60_000)
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let minutes = Set(try parts.map { try reader.parse(String($0)) / 60_000 })
        guard minutes.count <= Limits.remindersMax else {
            throw CommandFailure(
                .usage, code: "tooManyReminders",
                "At most \(Limits.remindersMax) reminders can be chosen, not \(minutes.count).",
                hint: "Leave some out, as in: --reminders 24h,1h,30m")
        }
        return minutes.sorted(by: >)
    }

    /// Nil for `none`.
    static func quiet(_ text: String) throws -> QuietHours? {
        if isNone(text) { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 2 else { throw wrongQuiet(text) }
        guard let hours = QuietHours(from: try minute(ends[0]), until: try minute(ends[1])) else {
            throw wrongQuiet(text)
        }
        return hours
    }

    /// Minutes after midnight.
    static func minute(_ text: String) throws -> Int64 {
        let time = try TimeOfDay(text: text)
        guard let time, time.offset == nil, time.millisecondOfDay % 60_000 == 0 else {
            throw CommandFailure(
                .usage, code: "usage", "\(InputFailure.quoted(text)) is no time of day.",
                hint: "Write hours and minutes, as in 07:00.")
        }
        return Int64(time.millisecondOfDay / 60_000)
    }

    static func text(ofMinute minute: Int64) -> String {
        "\(Digits.padded(Int(minute / 60), to: 2)):\(Digits.padded(Int(minute % 60), to: 2))"
    }

    private static func isNone(_ text: String) -> Bool { text.lowercased() == "none" }

    private static func wrongQuiet(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "usage", "\(InputFailure.quoted(text)) is no part of a day.",
            hint: "Write two times, as in --quiet 22:00-07:00, or --quiet none.")
    }
}
