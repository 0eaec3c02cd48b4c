/// A rule by which a day comes again, a part of the recurrence rules of RFC 5545, section 3.3.10:
/// every so many days or weeks, on some weekdays only, until a day or so many times.
///
/// A rule is about days on the wall of one place; what instants they are says ``WallClock``.
struct Recurrence: Equatable, Sendable {
    enum Frequency: String, Sendable, CaseIterable { case daily, weekly }

    enum End: Equatable, Sendable {
        /// The last day that may be one.
        case day(CalendarDay)
        /// How many there are, those that are left out later included.
        case count(Int)
    }

    /// At most so many occurrences are made of a rule: a year of days.
    static let occurrencesMax = 366
    /// At most so many days or weeks lie between two.
    static let intervalMax = 52
    /// Days that lie further off are not looked at: a rule may name none (every seventh day, if it
    /// is another weekday), and nobody plans ahead so far.
    static let daysMax = 366 * 10

    let frequency: Frequency
    /// Every so many days or weeks; weeks begin on Monday.
    let interval: Int
    /// On these days only. If there are none: of weeks the weekday of the first day, of days all.
    let weekdays: Set<Weekday>
    let end: End

    /// The days from the first on, itself included if the rule names it, ascending; one more than
    /// ``occurrencesMax`` where the rule gives more than that.
    func days(from first: CalendarDay) -> [CalendarDay] {
        var days: [CalendarDay] = []
        var next = Optional(first)
        let horizon = first.daysSince1970 + Self.daysMax
        while let day = next, !isBeyond(day, days.count), days.count <= Self.occurrencesMax,
            day.daysSince1970 < horizon
        {
            if holds(day, from: first) { days.append(day) }
            next = day.adding(days: 1)
        }
        return days
    }

    private func isBeyond(_ day: CalendarDay, _ count: Int) -> Bool {
        switch end {
        case .day(let last): day > last
        case .count(let all): count >= all
        }
    }

    private func holds(_ day: CalendarDay, from first: CalendarDay) -> Bool {
        switch frequency {
        case .daily:
            let isDue = (day.daysSince1970 - first.daysSince1970) % interval == 0
            return isDue && (weekdays.isEmpty || weekdays.contains(day.weekday))
        case .weekly:
            let weeks = (Self.monday(of: day) - Self.monday(of: first)) / 7
            let wanted = weekdays.isEmpty ? [first.weekday] : weekdays
            return weeks % interval == 0 && wanted.contains(day.weekday)
        }
    }

    private static func monday(of day: CalendarDay) -> Int {
        day.daysSince1970 - day.weekday.rawValue
    }
}
