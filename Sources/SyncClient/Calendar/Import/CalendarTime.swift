/// A time as a calendar file says it.
enum CalendarTime: Equatable {
    /// A day without a time.
    case day(CalendarDay)
    /// What a clock shows, in milliseconds since 1970 as though it went by UTC; on the wall of a
    /// zone, or of whoever reads if there is none.
    case wall(Int64, zone: String?)
    /// Milliseconds since 1970.
    case instant(Int64)

    /// Reads `20261201`, `20261201T100000` and `20261201T100000Z`, and what is written instead: with
    /// hyphens and colons, without seconds, a day with a needless midnight.
    init?(_ text: some StringProtocol, zone: String? = nil, isDay: Bool = false) {
        let characters = String(text).filter { $0 != "-" && $0 != ":" && !$0.isWhitespace }
            .uppercased()
        let isUTC = characters.hasSuffix("Z")
        let parts = (isUTC ? characters.dropLast() : characters[...])
            .split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = parts.first, date.utf8.count == 8, let digits = Digits.value(date),
            let day = try? CalendarDay(
                year: digits / 10_000, month: digits / 100 % 100, day: digits % 100)
        else { return nil }
        guard parts.count == 2 else {
            self = .day(day)
            return
        }
        guard let milliseconds = Self.milliseconds(parts[1]) else { return nil }
        if isDay, milliseconds == 0 {
            self = .day(day)
            return
        }
        let wall = Int64(day.daysSince1970) * WallClock.millisecondsPerDay + milliseconds
        guard WallClock.bounds.contains(wall) else { return nil }
        self = isUTC ? .instant(wall) : .wall(wall, zone: zone)
    }

    /// Of a time in hours, minutes and perhaps seconds; 24:00 is the midnight that follows, a leap
    /// second the second before.
    private static func milliseconds(_ text: Substring) -> Int64? {
        let time = text.prefix { $0 != "." }
        guard [4, 6].contains(time.utf8.count), let digits = Digits.value(time) else { return nil }
        let full = time.utf8.count == 4 ? digits * 100 : digits
        let (hour, minute, second) = (full / 10_000, full / 100 % 100, full % 100)
        guard hour < 24 || full == 240_000, minute < 60, second <= 60 else { return nil }
        return Int64((hour * 60 + minute) * 60 + min(second, 59)) * 1_000
    }

    var isDay: Bool {
        if case .day = self { true } else { false }
    }
}

extension CalendarProperty {
    /// The value as a time; nil if it is none.
    var time: CalendarTime? { times?.first }

    /// The values as times, nil if one of them is none. Of a period that is its beginning.
    var times: [CalendarTime]? { periods?.map(\.start) }

    /// A beginning, and how long it lasts from there where that is said as well.
    struct Period: Equatable {
        enum Length: Equatable {
            case until(CalendarTime)
            case lasting(CalendarDuration)
        }

        let start: CalendarTime
        let length: Length?
    }

    /// The values as times or periods; nil if one of them is neither, or there is none.
    var periods: [Period]? {
        var periods: [Period] = []
        let isDay = parameters["VALUE"]?.uppercased() == "DATE"
        let zone = parameters["TZID"]
        for part in value.split(separator: ",") {
            let sides = part.split(separator: "/", maxSplits: 1)
            guard let first = sides.first,
                let start = CalendarTime(first, zone: zone, isDay: isDay)
            else { return nil }
            var length: Period.Length?
            if sides.count == 2 {
                if let duration = CalendarDuration(sides[1]) {
                    length = .lasting(duration)
                } else if let end = CalendarTime(sides[1], zone: zone) {
                    length = .until(end)
                } else {
                    return nil
                }
            }
            periods.append(Period(start: start, length: length))
        }
        return periods.isEmpty ? nil : periods
    }

    /// The value as an offset from UTC in seconds: `+0100`, `-034530`; nil if it is none.
    var offsetSeconds: Int? {
        let text = value.filter { $0 != ":" && !$0.isWhitespace }
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst()
        guard [4, 6].contains(digits.utf8.count), let number = Digits.value(digits) else {
            return nil
        }
        let full = digits.utf8.count == 4 ? number * 100 : number
        let (hours, minutes, seconds) = (full / 10_000, full / 100 % 100, full % 100)
        guard hours < 24, minutes < 60, seconds < 60 else { return nil }
        return (sign == "-" ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds)
    }
}

/// A length of time as a calendar file says it (section 3.3.6): days by the calendar, the rest by the
/// clock.
struct CalendarDuration: Equatable {
    let days: Int
    let milliseconds: Int64

    /// Longer than any appointment; more would leave the years that can be written.
    private static let daysMax = 366 * 100

    /// Reads `P1D`, `PT1H30M`, `P2W`, with a sign before; nil for anything else.
    init?(_ text: some StringProtocol) {
        var rest = Substring(text.uppercased().filter { !$0.isWhitespace })
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        guard rest.popFirst() == "P" else { return nil }
        var (days, seconds) = (0, 0)
        var isTime = false
        var isEmpty = true
        while let character = rest.first {
            if character == "T", !isTime {
                isTime = true
                rest = rest.dropFirst()
                continue
            }
            let digits = rest.prefix(while: \.isNumber)
            guard digits.utf8.count <= 9, let number = Digits.value(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            switch (rest.popFirst(), isTime) {
            case ("W", false): days += number * 7
            case ("D", false): days += number
            case ("H", true): seconds += number * 3_600
            case ("M", true): seconds += number * 60
            case ("S", true): seconds += number
            default: return nil
            }
            isEmpty = false
            guard days <= Self.daysMax, seconds <= Self.daysMax * 86_400 else { return nil }
        }
        guard !isEmpty else { return nil }
        self.days = isNegative ? -days : days
        milliseconds = Int64(isNegative ? -seconds : seconds) * 1_000
    }
}
