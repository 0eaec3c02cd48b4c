import Foundation

/// Where the wall is on which times of a calendar file are read.
enum CalendarZone {
    case named(WallClock)
    /// A zone that the file itself describes.
    case described(ZoneOffsets)
    case utc

    func offsetSeconds(at instant: Int64) -> Int {
        switch self {
        case .named(let clock): clock.offsetSeconds(at: instant)
        case .described(let offsets): offsets.seconds(at: instant)
        case .utc: 0
        }
    }

    /// The instant at which a wall shows this, as ``WallClock/instant(of:millisecondOfDay:)`` has it;
    /// nil outside the years 1 to 9999.
    func instant(atWall wall: Int64) -> Int64? {
        WallClock.instant(atUTC: wall) { offsetSeconds(at: $0) }
    }

    /// What a wall shows then.
    func wall(at instant: Int64) -> Int64 { instant + Int64(offsetSeconds(at: instant)) * 1_000 }

    /// The zone of the IANA that a file means by a name: its own, one behind the prefix of a program
    /// (`/citadel.org/20210210_1/Europe/Berlin`), one of Windows. Nil where nobody knows it.
    static func named(_ name: String) -> CalendarZone? {
        let name = name.trimmingCharacters(in: .whitespaces)
        if ["UTC", "Z", "GMT", "tzone://Microsoft/Utc"].contains(name) { return .utc }
        if let identifier = WindowsZones.identifier(of: name) { return known(identifier) }
        let parts = name.split(separator: "/")
        let candidates = [name] + [3, 2, 1].map { parts.suffix($0).joined(separator: "/") }
        for candidate in candidates {
            if let zone = known(candidate) { return zone }
        }
        return nil
    }

    /// Names alone, not what Foundation makes of abbreviations: "IST" is the time of three countries.
    private static func known(_ identifier: String) -> CalendarZone? {
        guard identifier.contains("/") || identifier.count > 4,
            let zone = TimeZone(identifier: identifier)
        else { return nil }
        return .named(WallClock(timeZone: zone))
    }
}

/// When the offset of a zone changes, as a VTIMEZONE tells it (RFC 5545, section 3.6.5).
struct ZoneOffsets {
    private struct Change {
        let at: Int64
        let seconds: Int
    }

    /// The offset before the first change.
    private let first: Int
    /// Ascending.
    private let changes: [Change]
    /// Whether it tells how the zone goes on. Some programs (khal) write down a year or two only.
    let isOpen: Bool

    /// A year has two; more than these nobody needs, and a hostile file could say.
    private static let changesMax = 4_000

    /// Nil where the description gives no offset at all, or too many. Changes after `end` are not
    /// looked for.
    init?(_ rules: [CalendarFile.ZoneRule], until end: Int64, _ budget: inout CalendarRule.Budget) {
        var changes: [Change] = []
        for rule in rules {
            guard let onsets = Self.onsets(of: rule, until: end, &budget) else { return nil }
            changes += onsets.map { Change(at: $0, seconds: rule.offsetTo) }
            guard changes.count <= Self.changesMax else { return nil }
        }
        changes.sort { $0.at < $1.at }
        guard
            let earliest = rules.min(by: { ($0.start, $0.offsetFrom) < ($1.start, $1.offsetFrom) })
        else { return nil }
        first = earliest.offsetFrom
        isOpen =
            rules.count == 1
            || rules.contains {
                $0.rule.map { !$0.contains("UNTIL") && !$0.contains("COUNT") } ?? false
            }
        self.changes = changes
    }

    /// Onsets are on the wall as it was before the change.
    private static func onsets(
        of rule: CalendarFile.ZoneRule, until end: Int64, _ budget: inout CalendarRule.Budget
    ) -> [Int64]? {
        let before = Int64(rule.offsetFrom) * 1_000
        var walls = [rule.start]
        if let text = rule.rule {
            guard let parsed = try? CalendarRule(text) else { return nil }
            let last: Int64? =
                switch parsed.until {
                case .instant(let instant): instant + before
                case .wall(let wall, _): wall
                case .day(let day):
                    Int64(day.daysSince1970 + 1) * WallClock.millisecondsPerDay - 1
                case nil: nil
                }
            let window = rule.start..<max(end, rule.start) + 1
            let found = try? parsed.times(
                from: rule.start, in: window, last: last, atMost: changesMax, &budget)
            guard let found else { return nil }
            walls = found
        }
        return (walls + rule.dates).map { $0 - before }
    }

    func seconds(at instant: Int64) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : changes[low - 1].seconds
    }
}
