import Foundation

/// Reads a time as people type it; every command takes times through here.
///
/// Understood, in any case and with any amount of space between the words:
///
/// | text | means |
/// | --- | --- |
/// | `2026-12-01T10:00:00+01:00`, `…Z` | RFC 3339, seconds and fraction optional |
/// | `2026-12-01 10:00`, `2026-12-01T10:00` | in the member's time zone |
/// | `2026-12-01`, `today`, `tomorrow`, `yesterday` | the start or the end of that day |
/// | `today 18:00`, `tomorrow 9:00` | that day in the member's time zone |
/// | `fri`, `friday 10:00` | the next such day; today while the time is still ahead |
/// | `10:00` | today, or tomorrow once it has passed |
/// | `now`, `+2h`, `+1h30m`, `-2d` | from now; days and weeks keep the time of day |
struct TimeInput: Sendable {
    /// Which moment a text without a time of day means.
    enum DayEdge: Sendable {
        /// Midnight, as for the beginning of a range.
        case start
        /// The last second, as for a due date or the end of a range.
        case end
    }

    /// The present, in milliseconds since 1970.
    let now: Int64

    /// Where the member lives.
    let timeZone: TimeZone

    /// Returns milliseconds since 1970; a text without a time of day means `edge` of its day.
    func parse(_ text: String, dayMeans edge: DayEdge = .start) throws -> Int64 {
        let words = text.lowercased().split(whereSeparator: \.isWhitespace)
        let instant: Int64? =
            switch words.count {
            case 1: try parse(word: words[0], edge: edge)
            case 2: try parse(day: words[0], time: words[1])
            default: throw InputFailure.time(text)
            }
        guard let instant else { throw InputFailure.time(text) }
        guard WallClock.bounds.contains(instant) else { throw InputFailure.timeOutOfRange(text) }
        return instant
    }

    /// Whether a text names a day and no time of it: `2026-12-01`, `tomorrow`, `fri`.
    func namesDayAlone(_ text: String) throws -> Bool {
        let words = text.lowercased().split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let word = words.first else { return false }
        return try Weekday(text: word) != nil || parseDay(word) != nil
    }

    private func parse(word: Substring, edge: DayEdge) throws -> Int64? {
        if word == "now" { return now }
        if let sign = word.first, sign == "+" || sign == "-" { return try parseRelative(word) }
        if word.utf8.count > 10, word.utf8.dropFirst(10).first == UInt8(ascii: "t") {
            return try parse(day: word.prefix(10), time: word.dropFirst(11))
        }
        if let weekday = Weekday(text: word) {
            return try next(weekday) { try edgeOfDay($0, edge) }
        }
        if let day = try parseDay(word) { return try edgeOfDay(day, edge) }
        guard let time = try TimeOfDay(text: word), time.offset == nil else { return nil }
        return try nextDay { try instant(of: $0, time) }
    }

    private func parse(day dayText: Substring, time timeText: Substring) throws -> Int64? {
        guard let time = try TimeOfDay(text: timeText) else { return nil }
        if let weekday = Weekday(text: dayText) {
            guard time.offset == nil else { return nil }
            return try next(weekday) { try instant(of: $0, time) }
        }
        // "today" has no meaning together with somebody else's offset.
        guard let day = try parseDay(dayText), time.offset == nil || dayText == day.text else {
            return nil
        }
        return try instant(of: day, time)
    }

    private func parseDay(_ text: Substring) throws -> CalendarDay? {
        try DateInput(now: now, timeZone: timeZone).parseNamedOrWritten(text)
    }

    /// Days and weeks move along the calendar, so that ten o'clock stays ten o'clock when the
    /// clocks change; hours, minutes and seconds are elapsed time.
    private func parseRelative(_ word: Substring) throws -> Int64? {
        guard let span = TimeSpan(text: word.dropFirst()) else { return nil }
        let direction: Int64 = word.first == "-" ? -1 : 1
        var start = now
        if span.days > 0 {
            let clock = WallClock(timeZone: timeZone)
            guard let reading = clock.reading(at: now),
                let day = reading.day.adding(days: Int(direction) * span.days),
                let moved = clock.instant(of: day, millisecondOfDay: reading.millisecondOfDay)
            else { throw InputFailure.timeOutOfRange(String(word)) }
            start = moved
        }
        let (sum, overflow) = start.addingReportingOverflow(direction * span.milliseconds)
        if overflow { throw InputFailure.timeOutOfRange(String(word)) }
        return sum
    }

    /// The first such day, today included, at which the moment is still ahead.
    private func next(
        _ weekday: Weekday, moment: (CalendarDay) throws -> Int64
    ) throws -> Int64 {
        try firstAhead(within: 8, where: { $0.weekday == weekday }, moment: moment)
    }

    private func nextDay(moment: (CalendarDay) throws -> Int64) throws -> Int64 {
        try firstAhead(within: 2, where: { _ in true }, moment: moment)
    }

    private func firstAhead(
        within days: Int, where accepts: (CalendarDay) -> Bool,
        moment: (CalendarDay) throws -> Int64
    ) throws -> Int64 {
        let today = try DateInput(now: now, timeZone: timeZone).today()
        for offset in 0..<days {
            guard let day = today.adding(days: offset) else { break }
            guard accepts(day) else { continue }
            let instant = try moment(day)
            if instant > now { return instant }
        }
        throw InputFailure.timeOutOfRange(today.text)
    }

    private func instant(of day: CalendarDay, _ time: TimeOfDay) throws -> Int64 {
        guard let offset = time.offset else {
            let clock = WallClock(timeZone: timeZone)
            guard let instant = clock.instant(of: day, millisecondOfDay: time.millisecondOfDay)
            else { throw InputFailure.timeOutOfRange(day.text) }
            return instant
        }
        return Int64(day.daysSince1970) * WallClock.millisecondsPerDay
            + Int64(time.millisecondOfDay) - Int64(offset) * 1_000
    }

    private func edgeOfDay(_ day: CalendarDay, _ edge: DayEdge) throws -> Int64 {
        let clock = WallClock(timeZone: timeZone)
        let instant: Int64?
        switch edge {
        case .start: instant = clock.instant(of: day)
        case .end:
            let nextMidnight = day.adding(days: 1).flatMap { clock.instant(of: $0) }
            instant =
                nextMidnight.map { $0 - 1_000 }
                ?? clock.instant(of: day, millisecondOfDay: 86_399_000)
        }
        guard let instant else { throw InputFailure.timeOutOfRange(day.text) }
        return instant
    }
}
