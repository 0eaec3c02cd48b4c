/// The sentences for arguments that cannot be read; all of them are wrong usage.
enum InputFailure {
    private static let timeExamples =
        "\"2026-12-01 10:00\", \"tomorrow 9:00\", \"fri 10:00\", +2h or 2026-12-01T10:00:00+01:00"
    private static let dateExamples = "2026-12-01, today or yesterday"

    static func time(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidTime", "\(quoted(text)) is not a time.",
            hint: "Write a time like \(timeExamples).")
    }

    static func timeOutOfRange(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidTime", "\(quoted(text)) lies outside the years 0001 to 9999.",
            hint: "Write a time like \(timeExamples).")
    }

    static func timeOfDay(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidTime", "\(quoted(text)) is not a time of day.",
            hint: "Times of day run from 0:00 to 23:59, as in \"tomorrow 9:00\" or 17:30.")
    }

    static func date(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidDate", "\(quoted(text)) is not a date.",
            hint: "Write a date like \(dateExamples).")
    }

    static func dateOutOfRange(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidDate", "\(quoted(text)) lies outside the years 0001 to 9999.",
            hint: "Write a date like \(dateExamples).")
    }

    static func month(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidDate", "\(quoted(text)) names a month that does not exist.",
            hint: "Write year, month and day in this order, as in 2026-12-01.")
    }

    static func day(_ text: String, daysInMonth: Int) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidDate", "\(quoted(text)) names a day that does not exist.",
            hint: "That month has \(daysInMonth) days; write a date like 2026-12-01.")
    }

    static func duration(_ text: String) -> CommandFailure {
        CommandFailure(
            .usage, code: "invalidDuration", "\(quoted(text)) is not a duration.",
            hint: "Write a number and a unit, like 45m, 1h30m, 24h or 7d.")
    }

    static func durationOutOfRange(_ text: String, bounds: ClosedRange<Int64>) -> CommandFailure {
        let shortest = DurationText.string(bounds.lowerBound)
        let longest = DurationText.string(bounds.upperBound)
        return CommandFailure(
            .usage, code: "invalidDuration",
            "\(quoted(text)) is not between \(shortest) and \(longest).",
            hint: "Write a duration like 45m, 1h30m, 24h or 7d, from \(shortest) to \(longest).")
    }

    /// What was typed, short enough for a sentence.
    static func quoted(_ text: String) -> String {
        text.count <= 40 ? "\"\(text)\"" : "\"\(text.prefix(39))…\""
    }
}
