import Foundation

/// A time of a calendar file, and on whose wall it is.
struct CalendarMoment {
    enum Kind {
        /// A day of whoever reads, from its midnight on.
        case day
        /// A time on the wall of whoever reads.
        case floating
        case zoned
    }

    /// What the wall shows, in milliseconds since 1970 as though its clock went by UTC.
    let wall: Int64
    let zone: CalendarZone
    let kind: Kind
    let instant: Int64

    /// Nil outside the years 1 to 9999.
    init?(wall: Int64, zone: CalendarZone, kind: Kind) {
        guard WallClock.bounds.contains(wall), let instant = zone.instant(atWall: wall) else {
            return nil
        }
        self.wall = wall
        self.zone = zone
        self.kind = kind
        self.instant = instant
    }

    /// The same for each reading of a file, in whatever zone the member is: the day, the time on the
    /// wall, or for times with a zone the instant.
    var name: String {
        let time = kind == .zoned ? instant : wall
        let text = RFC3339.string(time).filter { $0 != "-" && $0 != ":" }
        switch kind {
        case .day: return String(text.prefix(8))
        case .floating: return String(text.dropLast())
        case .zoned: return text
        }
    }

    /// The first or a further one of a series that begins with `first`, named in another way: by its
    /// day alone, in another zone, with a time though all are whole days.
    func aligned(to first: CalendarMoment) -> CalendarMoment? {
        let day = WallClock.millisecondsPerDay
        let midnight = wall - ((wall % day) + day) % day
        if first.kind == .day {
            return CalendarMoment(wall: midnight, zone: first.zone, kind: .day)
        }
        guard kind == .day else {
            return CalendarMoment(
                wall: first.zone.wall(at: instant), zone: first.zone, kind: first.kind)
        }
        let timeOfDay = ((first.wall % day) + day) % day
        return CalendarMoment(wall: midnight + timeOfDay, zone: first.zone, kind: first.kind)
    }

    func moved(toWall wall: Int64) -> CalendarMoment? {
        CalendarMoment(wall: wall, zone: zone, kind: kind)
    }
}

/// The zones in which the times of a file are.
struct CalendarZones {
    /// Where the member lives.
    private let home: CalendarZone
    private let described: [String: [CalendarFile.ZoneRule]]
    /// Until when the file's own zones are worked out.
    private let end: Int64
    private var known: [String: CalendarZone?] = [:]
    /// Those of a file that nobody knows, with the line that names them first.
    private(set) var unknown: [(name: String, line: Int)] = []

    init(of file: CalendarFile, home: WallClock, until end: Int64) {
        self.home = .named(home)
        described = file.zones
        self.end = end
    }

    /// Nil outside the years 1 to 9999. Times in a zone that nobody knows are the member's own.
    mutating func moment(
        _ time: CalendarTime, line: Int, _ budget: inout CalendarRule.Budget
    ) -> CalendarMoment? {
        switch time {
        case .day(let day):
            let wall = Int64(day.daysSince1970) * WallClock.millisecondsPerDay
            return CalendarMoment(wall: wall, zone: home, kind: .day)
        case .instant(let instant):
            return CalendarMoment(wall: instant, zone: .utc, kind: .zoned)
        case .wall(let wall, let name?):
            guard let zone = zone(name, line: line, &budget) else {
                return CalendarMoment(wall: wall, zone: home, kind: .floating)
            }
            return CalendarMoment(wall: wall, zone: zone, kind: .zoned)
        case .wall(let wall, nil):
            return CalendarMoment(wall: wall, zone: home, kind: .floating)
        }
    }

    /// As the file describes it; else, and where the description ends, as the world knows it by this
    /// name.
    private mutating func zone(
        _ name: String, line: Int, _ budget: inout CalendarRule.Budget
    ) -> CalendarZone? {
        if let zone = known[name] { return zone }
        let offsets = described[name].flatMap { ZoneOffsets($0, until: end, &budget) }
        let usual = CalendarZone.named(name)
        let zone = offsets.flatMap { $0.isOpen || usual == nil ? .described($0) : nil } ?? usual
        if zone == nil { unknown.append((name, line)) }
        known[name] = .some(zone)
        return zone
    }
}
