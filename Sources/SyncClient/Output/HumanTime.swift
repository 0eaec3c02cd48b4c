import Foundation

/// Writes instants for people, as the clock on their wall shows them.
struct HumanTime: Sendable {
    let timeZone: TimeZone

    /// `Fri 2026-12-04 10:00`.
    func string(_ instant: Int64) -> String {
        guard let reading = WallClock(timeZone: timeZone).reading(at: instant) else {
            return "(a time outside the years 0001 to 9999)"
        }
        return "\(reading.day.weekday.abbreviation) \(reading.day.text) \(time(reading))"
    }

    /// `Fri 2026-12-04 10:00 (Europe/Zurich)`, for where the reader may live elsewhere.
    func stringWithZone(_ instant: Int64) -> String {
        "\(string(instant)) (\(timeZone.identifier))"
    }

    /// `Fri 2026-12-04 10:00–11:00`; both days where the end lies on another.
    func range(from start: Int64, to end: Int64) -> String {
        let clock = WallClock(timeZone: timeZone)
        guard let first = clock.reading(at: start), let last = clock.reading(at: end),
            first.day == last.day
        else { return "\(string(start)) – \(string(end))" }
        return "\(string(start))–\(time(last))"
    }

    /// `Fri 2026-12-04`.
    func day(_ instant: Int64) -> String {
        guard let day = WallClock(timeZone: timeZone).reading(at: instant)?.day else { return "" }
        return "\(day.weekday.abbreviation) \(day.text)"
    }

    /// `10:00–11:00`, with the day where it ends on another; `10:00` without an end.
    func hours(from start: Int64, to end: Int64?) -> String {
        let clock = WallClock(timeZone: timeZone)
        guard let first = clock.reading(at: start) else { return "" }
        guard let end, let last = clock.reading(at: end) else { return time(first) }
        let day = first.day == last.day ? "" : "\(last.day.weekday.abbreviation) "
        return "\(time(first))–\(day)\(time(last))"
    }

    private func time(_ reading: WallClock.Reading) -> String {
        "\(Digits.padded(reading.hour, to: 2)):\(Digits.padded(reading.minute, to: 2))"
    }
}
