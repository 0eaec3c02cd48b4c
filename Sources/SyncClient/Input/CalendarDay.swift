/// A day of the calendar, without a time of day and without a time zone.
///
/// The Gregorian rules hold for every year from 1 to 9999, as RFC 3339 has it. Foundation's own
/// calendar changes to Julian rules before 1582, which would move the days of an old diary.
struct CalendarDay: Hashable, Comparable, Sendable {
    /// Why a text is no day.
    enum Fault: Error, Equatable {
        /// The text does not have the shape YYYY-MM-DD.
        case malformed
        case yearOutOfRange
        case monthOutOfRange
        case dayOutOfRange(daysInMonth: Int)
    }

    static let first = CalendarDay(validYear: 1, month: 1, day: 1)
    static let last = CalendarDay(validYear: 9999, month: 12, day: 31)

    let year: Int
    let month: Int
    let day: Int

    private init(validYear year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads exactly `YYYY-MM-DD`.
    init(text: some StringProtocol) throws(Fault) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            parts[2].utf8.count == 2, let year = Digits.value(parts[0]),
            let month = Digits.value(parts[1]), let day = Digits.value(parts[2])
        else { throw .malformed }
        try self.init(year: year, month: month, day: day)
    }

    init(year: Int, month: Int, day: Int) throws(Fault) {
        guard (1...9999).contains(year) else { throw .yearOutOfRange }
        guard (1...12).contains(month) else { throw .monthOutOfRange }
        let days = Self.daysInMonth(month, year: year)
        guard (1...days).contains(day) else { throw .dayOutOfRange(daysInMonth: days) }
        self.init(validYear: year, month: month, day: day)
    }

    /// Returns nil when the day lies outside the years 1 to 9999.
    ///
    /// The arithmetic counts years from March, so that the leap day comes last
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    init?(daysSince1970: Int) {
        guard (Self.first.daysSince1970...Self.last.daysSince1970).contains(daysSince1970) else {
            return nil
        }
        let shifted = daysSince1970 + 719_468
        let era = Self.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.init(
            validYear: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Days between 1970-01-01 and this day; negative before.
    var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Self.floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        let index = daysSince1970 + 3
        return Weekday.allCases[index - Self.floorDivide(index, 7) * 7]
    }

    /// 1 for the first of January.
    var dayOfYear: Int {
        daysSince1970 - Self(validYear: year, month: 1, day: 1).daysSince1970 + 1
    }

    /// Returns nil when the result lies outside the years 1 to 9999.
    func adding(days: Int) -> CalendarDay? {
        let (sum, overflow) = daysSince1970.addingReportingOverflow(days)
        return overflow ? nil : CalendarDay(daysSince1970: sum)
    }

    /// The text form `YYYY-MM-DD`.
    var text: String {
        "\(Digits.padded(year, to: 4))-\(Digits.padded(month, to: 2))-\(Digits.padded(day, to: 2))"
    }

    static func < (left: CalendarDay, right: CalendarDay) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func daysInYear(_ year: Int) -> Int { 337 + daysInMonth(2, year: year) }

    private static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}
