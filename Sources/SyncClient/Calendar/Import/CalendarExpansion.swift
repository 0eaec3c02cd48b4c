/// When a series of a calendar file takes place, before single occurrences of it were changed.
struct CalendarExpansion {
    /// An occurrence; of a period with a length of its own.
    struct Original {
        let moment: CalendarMoment
        let length: CalendarAppointment.Length?
    }

    /// Further dates and exceptions of one series.
    static let datesMax = 10_000

    private let main: CalendarFile.Entry
    private let first: CalendarAppointment
    private let window: Range<Int64>
    /// The window on the wall of the series, with room for zones and for what begins before.
    private let walls: Range<Int64>

    init(_ main: CalendarFile.Entry, _ first: CalendarAppointment, _ window: Range<Int64>) {
        self.main = main
        self.first = first
        self.window = window
        let room = 2 * WallClock.millisecondsPerDay
        walls =
            window.lowerBound - first.length.millisecondsMax - room..<window.upperBound + room
    }

    /// In the order of time, each once.
    func originals(
        _ zones: inout CalendarZones, _ budget: inout CalendarRule.Budget
    ) throws(CalendarRule.Fault) -> [Original] {
        try checkCount(&budget)
        var found: [Int64: Original] = [
            first.start.instant: Original(moment: first.start, length: nil)
        ]
        for rule in main.properties[.rule] ?? [] {
            for moment in try moments(of: rule, &zones, &budget) {
                found[moment.instant] = Original(moment: moment, length: nil)
            }
        }
        for property in main.properties[.dates] ?? [] {
            guard let periods = property.periods else {
                throw CalendarRule.Fault(reason: "its further dates cannot be read")
            }
            for period in periods {
                guard let said = zones.moment(period.start, line: property.line, &budget),
                    let moment = said.aligned(to: first.start)
                else { continue }
                let length = try length(of: period, from: moment, property.line, &zones, &budget)
                found[moment.instant] = Original(moment: moment, length: length)
            }
        }
        return found.values.sorted { $0.moment.instant < $1.moment.instant }
    }

    /// The instants at which the series would take place and does not.
    func exceptions(
        _ zones: inout CalendarZones, _ budget: inout CalendarRule.Budget
    ) throws(CalendarRule.Fault) -> Set<Int64> {
        var instants: Set<Int64> = []
        for property in main.properties[.exceptions] ?? [] {
            guard let times = property.times else {
                throw CalendarRule.Fault(reason: "its exceptions cannot be read")
            }
            for time in times {
                let said = zones.moment(time, line: property.line, &budget)
                if let moment = said?.aligned(to: first.start) { instants.insert(moment.instant) }
            }
        }
        for rule in main.properties[.exceptionRule] ?? [] {
            // The first always is one of a rule's times; as an exception nobody means it.
            instants.formUnion(
                try moments(of: rule, &zones, &budget).map(\.instant)
                    .filter { $0 != first.start.instant })
        }
        return instants
    }

    /// Dates that are named one by one cost more than those that a rule gives.
    private func checkCount(
        _ budget: inout CalendarRule.Budget
    ) throws(CalendarRule.Fault) {
        var count = 0
        for name in [CalendarProperty.Name.dates, .exceptions] {
            for property in main.properties[name] ?? [] {
                count += property.value.utf8.count { $0 == UInt8(ascii: ",") } + 1
            }
        }
        guard count <= Self.datesMax else {
            throw CalendarRule.Fault(reason: "it names more than \(Self.datesMax) dates")
        }
        budget.beginRule()
        try budget.take(count * 10)
    }

    private func length(
        of period: CalendarProperty.Period, from start: CalendarMoment, _ line: Int,
        _ zones: inout CalendarZones, _ budget: inout CalendarRule.Budget
    ) throws(CalendarRule.Fault) -> CalendarAppointment.Length? {
        switch period.length {
        case .lasting(let duration): return try CalendarAppointment.length(duration, from: start)
        case .until(let time):
            guard let end = zones.moment(time, line: line, &budget), end.instant > start.instant
            else { throw CalendarRule.Fault(reason: "one of its dates ends before it begins") }
            return .exactly(end.instant - start.instant)
        case nil: return nil
        }
    }

    private func moments(
        of property: CalendarProperty, _ zones: inout CalendarZones,
        _ budget: inout CalendarRule.Budget
    ) throws(CalendarRule.Fault) -> [CalendarMoment] {
        let rule = try CalendarRule(property.value)
        let day = WallClock.millisecondsPerDay
        let last: Int64? =
            switch rule.until {
            case .day(let last): Int64(last.daysSince1970 + 1) * day - 1
            case .wall(let wall, _): wall
            case .instant(let instant): first.start.zone.wall(at: instant)
            case nil: nil
            }
        return try rule.times(
            from: first.start.wall, in: walls, last: last, atMost: CalendarSeries.occurrencesMax,
            &budget
        ).compactMap { first.start.moved(toWall: $0) }
    }
}
