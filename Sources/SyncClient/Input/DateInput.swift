import Foundation

/// Reads a day as people type it: `1660-01-01`, `today`, `yesterday`, `tomorrow`, `-3d`, `+2w`.
struct DateInput: Sendable {
    /// The present, in milliseconds since 1970.
    let now: Int64

    /// Where the member lives; decides when today ends.
    let timeZone: TimeZone

    /// Returns the day as `YYYY-MM-DD`, years 0001 to 9999.
    func parse(_ text: String) throws -> String { try parseDay(text).text }

    /// Returns the day as a value, for callers that go on calculating.
    func parseDay(_ text: String) throws -> CalendarDay {
        let word = text.lowercased().trimmingCharacters(in: .whitespacesAndNewlines)
        if let sign = word.first, sign == "+" || sign == "-" {
            guard let span = TimeSpan(text: word.dropFirst()), span.milliseconds == 0 else {
                throw InputFailure.date(text)
            }
            guard let day = try today().adding(days: sign == "-" ? -span.days : span.days) else {
                throw InputFailure.dateOutOfRange(text)
            }
            return day
        }
        guard let day = try parseNamedOrWritten(word) else { throw InputFailure.date(text) }
        return day
    }

    /// Returns the day that the clock on the member's wall shows.
    func today() throws -> CalendarDay {
        guard let reading = WallClock(timeZone: timeZone).reading(at: now) else {
            throw CommandFailure(
                .refused, code: "clockOutOfRange",
                "The clock of this computer shows no usable day.",
                hint: "Set the date and the time of this computer, then try again.")
        }
        return reading.day
    }

    /// Returns nil for a text of another shape and throws for a day that no calendar has.
    func parseNamedOrWritten(_ word: some StringProtocol) throws -> CalendarDay? {
        let shift: Int? =
            switch word {
            case "today": 0
            case "tomorrow": 1
            case "yesterday": -1
            default: nil
            }
        if let shift {
            guard let day = try today().adding(days: shift) else {
                throw InputFailure.dateOutOfRange(String(word))
            }
            return day
        }
        do throws(CalendarDay.Fault) {
            return try CalendarDay(text: word)
        } catch {
            switch error {
            case .malformed: return nil
            case .yearOutOfRange: throw InputFailure.dateOutOfRange(String(word))
            case .monthOutOfRange: throw InputFailure.month(String(word))
            case .dayOutOfRange(let daysInMonth):
                throw InputFailure.day(String(word), daysInMonth: daysInMonth)
            }
        }
    }
}
