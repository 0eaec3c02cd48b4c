/// The times that a rule gives.
///
/// A rule goes through periods (years, months, weeks, days), keeps of each the days that all its
/// parts admit, gives each the times of day, and picks from these by position. Whether a day is
/// admitted depends on nothing but the day, so no order of the parts can matter.
///
/// Times are on one wall: milliseconds since 1970 as though its clock went by UTC.
extension CalendarRule {
    /// How much may still be looked at. A rule that names no day, or a million of them, costs what is
    /// left and no more.
    struct Budget {
        /// For one rule: a daily one that counts from 1500 on.
        static let stepsPerRule = 200_000
        /// For all rules of a file: some seconds of work.
        static let stepsPerFile = 10_000_000

        private var left = Self.stepsPerFile
        private var leftForRule = 0

        mutating func beginRule() { leftForRule = min(left, Self.stepsPerRule) }

        mutating func take(_ steps: Int) throws(Fault) {
            guard steps <= leftForRule else {
                let isLast = left < Self.stepsPerRule
                throw Fault(
                    reason: isLast
                        ? "all rules of the file take too long to follow"
                        : "the rule takes too long to follow")
            }
            leftForRule -= steps
            left -= steps
        }
    }

    private static let day = WallClock.millisecondsPerDay

    /// The times within `window`, ascending. The first is always one and counts as the first, whether
    /// the rule names it or not. `last` is the last that may be one.
    func times(
        from first: Int64, in window: Range<Int64>, last: Int64?, atMost limit: Int,
        _ budget: inout Budget
    ) throws(Fault) -> [Int64] {
        budget.beginRule()
        let end = min(window.upperBound - 1, last ?? .max)
        var times: [Int64] = []
        var counted = 1
        if window.contains(first) { times.append(first) }
        let filter = DayFilter(self, first: first)
        // Without a count nothing depends on what came before.
        var period = Period(
            of: self, first: first, from: count == nil ? max(first, window.lowerBound) : first)
        while let start = period?.start, Int64(start) * Self.day <= end, counted < count ?? .max {
            let days = period?.days(ofMonths: filter.months) ?? []
            try budget.take(max(1, days.reduce(0) { $0 + $1.count }))
            var found: [Int64] = []
            for day in days.joined() {
                guard filter.admits(day) else { continue }
                found += try timesOfDay(day, first: first, &budget)
            }
            for time in chosen(found) where time > first {
                guard time <= end, counted < count ?? .max else { return times }
                counted += 1
                guard time >= window.lowerBound else { continue }
                times.append(time)
                guard times.count <= limit else {
                    throw Fault(reason: "it comes more than \(limit) times in that time")
                }
            }
            period = period?.next
        }
        return times
    }

    /// The times of a day, ascending.
    private func timesOfDay(
        _ day: Int, first: Int64, _ budget: inout Budget
    ) throws(Fault) -> [Int64] {
        let start = Int(Self.floor(first, Self.day))
        let second = Int(first - Int64(start) * Self.day) / 1_000
        let isOften = frequency.unitSeconds != nil
        func parts(_ given: [Int], _ own: Int, _ all: Int, isFree: Bool) -> [Int] {
            given.isEmpty ? (isFree ? Array(0..<all) : [own]) : given
        }
        let hours = parts(hours, second / 3_600, 24, isFree: isOften)
        let minutes = parts(
            minutes, second / 60 % 60, 60, isFree: [.minutely, .secondly].contains(frequency))
        let seconds = parts(seconds, second % 60, 60, isFree: frequency == .secondly)
        try budget.take(hours.count * minutes.count * seconds.count)
        var times: [Int64] = []
        for hour in hours {
            for minute in minutes {
                for second in seconds {
                    let time =
                        Int64(day) * Self.day + Int64((hour * 60 + minute) * 60 + second) * 1_000
                    if isDue(time, first: first) { times.append(time) }
                }
            }
        }
        return times
    }

    /// Whether the interval falls on a time, for rules that come more often than daily.
    private func isDue(_ time: Int64, first: Int64) -> Bool {
        guard let unit = frequency.unitSeconds else { return true }
        let passed = Self.floor(time, unit * 1_000) - Self.floor(first, unit * 1_000)
        return passed >= 0 && passed % Int64(interval) == 0
    }

    /// Of the times in a period those that the rule picks by their position.
    private func chosen(_ times: [Int64]) -> [Int64] {
        guard !positions.isEmpty else { return times }
        guard let unit = frequency.unitSeconds else { return picked(times[...]) }
        // More often than daily, each hour, minute or second is a period of its own.
        var chosen: [Int64] = []
        var rest = times[...]
        while let first = rest.first {
            let period = Self.floor(first, unit * 1_000)
            let same = rest.prefix { Self.floor($0, unit * 1_000) == period }
            chosen += picked(same)
            rest = rest.dropFirst(same.count)
        }
        return chosen
    }

    private func picked(_ times: ArraySlice<Int64>) -> [Int64] {
        let places = positions.map { $0 > 0 ? $0 - 1 : times.count + $0 }
        return Set(places).filter { (0..<times.count).contains($0) }.sorted()
            .map { times[times.startIndex + $0] }
    }

    fileprivate static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}

extension CalendarRule.Frequency {
    /// The length of its period, if that is less than a day.
    fileprivate var unitSeconds: Int64? {
        switch self {
        case .secondly: 1
        case .minutely: 60
        case .hourly: 3_600
        case .daily, .weekly, .monthly, .yearly: nil
        }
    }
}

/// A stretch of whole days that a rule looks at as one.
private struct Period {
    private let rule: CalendarRule
    /// Days since 1970.
    let start: Int
    let end: Int
    /// Months since year 0, of a period that is one or several.
    private let month: Int

    /// The one that holds a time, or the first before it in which the rule falls.
    init?(of rule: CalendarRule, first: Int64, from time: Int64) {
        let firstDay = Int(CalendarRule.floor(first, WallClock.millisecondsPerDay))
        // A day earlier, for zones; it never begins before the first.
        let wanted = max(
            firstDay, Int(CalendarRule.floor(time, WallClock.millisecondsPerDay)) - 1)
        guard let one = CalendarDay(daysSince1970: firstDay),
            let other = CalendarDay(daysSince1970: wanted)
        else { return nil }
        switch rule.frequency {
        case .yearly:
            let years = (other.year - one.year) / rule.interval * rule.interval
            self.init(rule, month: (one.year + years) * 12)
        case .monthly:
            let (from, to) = (one.year * 12 + one.month - 1, other.year * 12 + other.month - 1)
            self.init(rule, month: from + (to - from) / rule.interval * rule.interval)
        case .weekly:
            let week = firstDay - Self.daysInto(one.weekday, week: rule.weekStart)
            let step = rule.interval * 7
            self.init(rule, start: week + (wanted - week) / step * step)
        case .daily:
            self.init(
                rule, start: firstDay + (wanted - firstDay) / rule.interval * rule.interval)
        case .hourly, .minutely, .secondly: self.init(rule, start: wanted)
        }
    }

    private init?(_ rule: CalendarRule, month: Int) {
        let length = rule.frequency == .yearly ? 12 : 1
        guard let start = Self.firstDay(ofMonth: month) else { return nil }
        self.rule = rule
        self.month = month
        self.start = start
        end = Self.firstDay(ofMonth: month + length) ?? CalendarDay.last.daysSince1970 + 1
    }

    private init?(_ rule: CalendarRule, start: Int) {
        guard start <= CalendarDay.last.daysSince1970 else { return nil }
        self.rule = rule
        month = 0
        self.start = start
        end = start + (rule.frequency == .weekly ? 7 : 1)
    }

    /// Its days; of a year or a month without those of months that a rule leaves out, which are
    /// most of what there is to look at where zones change their offset twice a year.
    func days(ofMonths months: Set<Int>) -> [Range<Int>] {
        guard !months.isEmpty else { return [start..<end] }
        switch rule.frequency {
        case .yearly:
            return months.sorted().compactMap { number in
                let month = month + number - 1
                guard let start = Self.firstDay(ofMonth: month) else { return nil }
                return start..<(Self.firstDay(ofMonth: month + 1) ?? end)
            }
        case .monthly: return months.contains(month % 12 + 1) ? [start..<end] : []
        case .weekly, .daily, .hourly, .minutely, .secondly: return [start..<end]
        }
    }

    /// The next one in which the rule falls; nil after year 9999.
    var next: Period? {
        switch rule.frequency {
        case .yearly: Period(rule, month: month + 12 * rule.interval)
        case .monthly: Period(rule, month: month + rule.interval)
        case .weekly: Period(rule, start: start + 7 * rule.interval)
        case .daily: Period(rule, start: start + rule.interval)
        case .hourly, .minutely, .secondly: Period(rule, start: start + 1)
        }
    }

    private static func firstDay(ofMonth month: Int) -> Int? {
        (try? CalendarDay(year: month / 12, month: month % 12 + 1, day: 1))?.daysSince1970
    }

    static func daysInto(_ weekday: Weekday, week start: Weekday) -> Int {
        (weekday.rawValue - start.rawValue + 7) % 7
    }
}

/// Which days a rule admits, after what it leaves open was taken from its first time.
private struct DayFilter {
    private var rule: CalendarRule
    /// Empty for all.
    var months: Set<Int> { rule.months }

    init(_ rule: CalendarRule, first: Int64) {
        self.rule = rule
        let first = CalendarDay(
            daysSince1970: Int(CalendarRule.floor(first, WallClock.millisecondsPerDay)))
        let namesDays =
            !rule.yearDays.isEmpty || !rule.monthDays.isEmpty || !rule.days.isEmpty
        guard let first, !namesDays else { return }
        switch rule.frequency {
        case .yearly where !rule.weeks.isEmpty:
            self.rule.days = [CalendarRule.Day(ordinal: nil, weekday: first.weekday)]
        case .yearly:
            if rule.months.isEmpty { self.rule.months = [first.month] }
            self.rule.monthDays = [first.day]
        case .monthly: self.rule.monthDays = [first.day]
        case .weekly: self.rule.days = [CalendarRule.Day(ordinal: nil, weekday: first.weekday)]
        case .daily, .hourly, .minutely, .secondly: break
        }
    }

    func admits(_ number: Int) -> Bool {
        guard let day = CalendarDay(daysSince1970: number) else { return false }
        if !rule.months.isEmpty, !rule.months.contains(day.month) { return false }
        if !rule.monthDays.isEmpty {
            let days = CalendarDay.daysInMonth(day.month, year: day.year)
            guard
                rule.monthDays.contains(day.day)
                    || rule.monthDays.contains(day.day - days - 1)
            else { return false }
        }
        if !rule.yearDays.isEmpty {
            let (into, days) = (day.dayOfYear, CalendarDay.daysInYear(day.year))
            guard rule.yearDays.contains(into) || rule.yearDays.contains(into - days - 1) else {
                return false
            }
        }
        if !rule.weeks.isEmpty, !isInWeek(day) { return false }
        return rule.days.isEmpty || rule.days.contains { isDay(day, $0) }
    }

    /// The first, the last but one: of the month, or of the year where no months are named.
    private func isDay(_ day: CalendarDay, _ wanted: CalendarRule.Day) -> Bool {
        guard day.weekday == wanted.weekday else { return false }
        guard let ordinal = wanted.ordinal else { return true }
        let isOfYear = rule.frequency == .yearly && rule.months.isEmpty
        let (into, days) =
            isOfYear
            ? (day.dayOfYear, CalendarDay.daysInYear(day.year))
            : (day.day, CalendarDay.daysInMonth(day.month, year: day.year))
        return ordinal > 0 ? (into + 6) / 7 == ordinal : (days - into) / 7 + 1 == -ordinal
    }

    /// Week 1 is the first with four days in the year; one may begin or end in the next year's.
    private func isInWeek(_ day: CalendarDay) -> Bool {
        let thursday =
            day.daysSince1970 - Period.daysInto(day.weekday, week: rule.weekStart) + 3
        guard let middle = CalendarDay(daysSince1970: thursday) else { return false }
        let (into, days) = (middle.dayOfYear, CalendarDay.daysInYear(middle.year))
        return rule.weeks.contains((into + 6) / 7) || rule.weeks.contains(-((days - into) / 7) - 1)
    }
}
