import Foundation

/// Translates between instants and what a clock on the wall shows in one time zone.
///
/// Instants are milliseconds since 1970 in UTC and always lie in the years 1 to 9999, the years
/// that RFC 3339 can write.
struct WallClock: Sendable {
    /// What the clock shows: a day and the milliseconds since its midnight.
    struct Reading: Equatable, Sendable {
        let day: CalendarDay
        let millisecondOfDay: Int

        var hour: Int { millisecondOfDay / 3_600_000 }
        var minute: Int { millisecondOfDay / 60_000 % 60 }
        var second: Int { millisecondOfDay / 1_000 % 60 }
        var millisecond: Int { millisecondOfDay % 1_000 }
    }

    static let millisecondsPerDay: Int64 = 86_400_000

    /// The first and the last instant that can be written.
    static let bounds: ClosedRange<Int64> =
        Int64(CalendarDay.first.daysSince1970) * millisecondsPerDay...Int64(
            CalendarDay.last.daysSince1970 + 1) * millisecondsPerDay - 1

    let timeZone: TimeZone

    /// Seconds to add to UTC at an instant.
    func offsetSeconds(at instant: Int64) -> Int {
        timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant) / 1_000))
    }

    /// Returns nil when the clock shows a day outside the years 1 to 9999.
    func reading(at instant: Int64) -> Reading? {
        guard Self.bounds.contains(instant) else { return nil }
        return Self.reading(atUTC: instant + Int64(offsetSeconds(at: instant)) * 1_000)
    }

    /// What a clock shows that goes by UTC.
    static func reading(atUTC local: Int64) -> Reading? {
        let remainder = local % Self.millisecondsPerDay
        let millisecondOfDay = remainder < 0 ? remainder + Self.millisecondsPerDay : remainder
        let days = (local - millisecondOfDay) / Self.millisecondsPerDay
        guard let day = CalendarDay(daysSince1970: Int(days)) else { return nil }
        return Reading(day: day, millisecondOfDay: Int(millisecondOfDay))
    }

    /// The instants at which the clock shows a time of day on these days, as
    /// ``instant(of:millisecondOfDay:)`` has it; without those outside the bounds.
    func instants(of days: [CalendarDay], millisecondOfDay: Int) -> [Int64] {
        days.compactMap { instant(of: $0, millisecondOfDay: millisecondOfDay) }
    }

    /// From midnight to midnight over so many days; nil outside the bounds.
    func range(from first: CalendarDay, days: Int) -> Range<Int64>? {
        guard let start = instant(of: first),
            let end = first.adding(days: days).flatMap({ instant(of: $0) })
        else { return nil }
        return start..<end
    }

    /// Returns the instant at which the clock shows a reading, or nil outside the bounds.
    ///
    /// A time that the clock skips shifts forward by the length of the gap; of a time that the
    /// clock shows twice, the first counts. Slots in a series follow the same rule.
    func instant(of day: CalendarDay, millisecondOfDay: Int = 0) -> Int64? {
        let local =
            Int64(day.daysSince1970) * Self.millisecondsPerDay + Int64(millisecondOfDay)
        return Self.instant(atUTC: local) { offsetSeconds(at: $0) }
    }

    /// The same for what a clock shows in milliseconds since 1970 as though it went by UTC, in a zone
    /// of which only its offsets are known, in seconds.
    static func instant(atUTC local: Int64, offset: (_ instant: Int64) -> Int) -> Int64? {
        // Offsets stay below one day, so the instant lies between these two; no zone has ever
        // changed its offset twice within so short a time.
        let before = Int64(offset(local - millisecondsPerDay)) * 1_000
        let after = Int64(offset(local + millisecondsPerDay)) * 1_000
        let candidates = [local - before, local - after].sorted()
        let shown = candidates.first { local - $0 == Int64(offset($0)) * 1_000 }
        let instant = shown ?? local - before
        return bounds.contains(instant) ? instant : nil
    }
}
