/// Reads a length of time as people type it: `45m`, `1h30m`, `24h`, `7d`, `90s`.
///
/// A day is 24 hours here: a duration has no place in the calendar.
struct DurationInput: Sendable {
    static let millisecondsPerDay: Int64 = 86_400_000

    /// What a command accepts, in milliseconds.
    let bounds: ClosedRange<Int64>

    /// Creates a reader; unless said otherwise it takes one second to 366 days.
    init(bounds: ClosedRange<Int64> = 1_000...366 * millisecondsPerDay) {
        precondition(bounds.lowerBound > 0, "A duration is longer than nothing.")
        self.bounds = bounds
    }

    /// Returns milliseconds.
    func parse(_ text: String) throws -> Int64 {
        let trimmed = text.split(whereSeparator: \.isWhitespace)
        guard trimmed.count == 1, let span = TimeSpan(text: trimmed[0]) else {
            throw InputFailure.duration(text)
        }
        let milliseconds = Int64(span.days) * Self.millisecondsPerDay + span.milliseconds
        guard bounds.contains(milliseconds) else {
            throw InputFailure.durationOutOfRange(text, bounds: bounds)
        }
        return milliseconds
    }
}
