/// Times in tokens: RFC 3339 in UTC with whole seconds, such as `2026-12-01T10:00:00Z`, and in no
/// other way of writing.
enum TokenTime {
    /// The range that four digits of a year allow, from 1970 on.
    static let secondsRange: ClosedRange<Int64> = 0...253_402_300_799

    /// Writes a time; those outside of what can be written become the nearest that can.
    static func text(seconds: Int64) -> String {
        let bounded = min(max(seconds, secondsRange.lowerBound), secondsRange.upperBound)
        let (days, rest) = bounded.quotientAndRemainder(dividingBy: 86_400)
        let date = civil(days: days)
        let digits =
            [padded(date.year, 4), padded(date.month, 2), padded(date.day, 2)]
            .joined(separator: "-")
        let time = [rest / 3600, rest / 60 % 60, rest % 60]
            .map { padded($0, 2) }.joined(separator: ":")
        return "\(digits)T\(time)Z"
    }

    /// Reads seconds since 1970; nil for anything that `text` would not write.
    static func seconds(_ text: String) -> Int64? {
        let characters = Array(text.utf8)
        guard characters.count == 20 else { return nil }
        func number(_ start: Int, _ count: Int) -> Int64? {
            characters[start..<start + count].reduce(Optional(0)) { sum, character in
                guard let sum, (48...57).contains(character) else { return nil }
                return sum * 10 + Int64(character - 48)
            }
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
        // Writing it again finds wrong separators and days that a month does not have.
        guard secondsRange.contains(seconds), self.text(seconds: seconds) == text else {
            return nil
        }
        return seconds
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    // Both directions count in years that start in March, so that the leap day comes last
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }
}
