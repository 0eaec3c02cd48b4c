import Model

/// What an entry of a calendar file says of itself, whether once or as the first of a series.
struct CalendarAppointment {
    enum Length {
        /// By the calendar: days that may be an hour longer or shorter, then some time.
        case days(Int, milliseconds: Int64)
        /// By the clock.
        case exactly(Int64)
    }

    /// Why an entry cannot be used: a clause for the report.
    typealias Fault = CalendarRule.Fault

    let line: Int
    let start: CalendarMoment
    let length: Length
    let title: String?
    let place: String?
    let details: String?
    let isFree: Bool
    let isCancelled: Bool
    let sequence: Int

    /// Longer ones are cut; a series stores them with each of its occurrences.
    static let detailsBytesMax = 8 * 1024

    /// What has no length takes no time; it is shown as one minute.
    private static let momentMilliseconds: Int64 = 60_000

    init(
        _ entry: CalendarFile.Entry, _ zones: inout CalendarZones,
        _ budget: inout CalendarRule.Budget
    ) throws(Fault) {
        line = entry.line
        guard let property = entry[.start] else {
            throw Fault(reason: "it does not say when it begins")
        }
        guard let time = property.time,
            let start = zones.moment(time, line: property.line, &budget)
        else { throw Fault(reason: "its beginning cannot be read") }
        self.start = start
        var end: CalendarMoment?
        if let finish = entry[.finish] {
            end = finish.time.flatMap { zones.moment($0, line: finish.line, &budget) }
            guard end != nil else { throw Fault(reason: "its end cannot be read") }
        }
        let length = try Self.length(from: start, to: end, entry[.duration])
        self.length = length ?? .exactly(Self.momentMilliseconds)
        title = Self.line(entry[.summary])
        place = Self.line(entry[.location])
        details = entry[.description].map { Self.cut($0.text, Self.detailsBytesMax) }
            .flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        isFree =
            length == nil || entry[.transparency]?.word == "TRANSPARENT"
            || entry[.transparency] == nil && entry[.busyStatus]?.word == "FREE"
        isCancelled = entry[.status]?.word == "CANCELLED"
        sequence =
            entry[.sequence].flatMap { Digits.value($0.word) }
            .map { min($0, Int(Int32.max)) } ?? 0
    }

    /// Nil where it has none.
    private static func length(
        from start: CalendarMoment, to end: CalendarMoment?, _ duration: CalendarProperty?
    ) throws(Fault) -> Length? {
        if let end, start.kind == .day, end.kind == .day {
            let days = Int((end.wall - start.wall) / WallClock.millisecondsPerDay)
            guard days >= 0 else { throw Fault(reason: "it ends before it begins") }
            // Some programs write the last day instead of the one that follows.
            return .days(max(days, 1), milliseconds: 0)
        }
        if let end {
            let milliseconds = end.instant - start.instant
            guard milliseconds >= 0 else { throw Fault(reason: "it ends before it begins") }
            return milliseconds == 0 ? nil : .exactly(milliseconds)
        }
        guard let duration else {
            return start.kind == .day ? .days(1, milliseconds: 0) : nil
        }
        guard let length = CalendarDuration(duration.value) else {
            throw Fault(reason: "its length cannot be read")
        }
        return try Self.length(length, from: start)
    }

    static func length(
        _ duration: CalendarDuration, from start: CalendarMoment
    ) throws(Fault) -> Length? {
        guard duration.days >= 0, duration.milliseconds >= 0 else {
            throw Fault(reason: "it ends before it begins")
        }
        if start.kind == .day {
            let days = Int(duration.milliseconds / WallClock.millisecondsPerDay) + duration.days
            return .days(max(days, 1), milliseconds: 0)
        }
        if duration.days == 0, duration.milliseconds == 0 { return nil }
        return .days(duration.days, milliseconds: duration.milliseconds)
    }

    /// A text on one line, as long as a title or place may be; nil where nothing is written.
    private static func line(_ property: CalendarProperty?) -> String? {
        guard let property else { return nil }
        // A blank less never makes it longer.
        let text = TerminalText.flattened(cut(property.text, 4 * Limits.shortTextBytesMax))
        return text.isEmpty ? nil : cut(text, Limits.shortTextBytesMax)
    }

    private static func cut(_ text: String, _ bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        let ending = "…"
        var bytes = 0
        let kept = text.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes + ending.utf8.count <= bytesMax
        }
        return String(kept) + ending
    }
}

extension CalendarAppointment.Length {
    /// When it ends; nil outside the years 1 to 9999.
    func end(from start: CalendarMoment) -> Int64? {
        let end: Int64?
        switch self {
        case .exactly(let milliseconds): end = start.instant + milliseconds
        case .days(let days, let milliseconds):
            let wall = start.wall + Int64(days) * WallClock.millisecondsPerDay
            end = start.zone.instant(atWall: wall).map { $0 + milliseconds }
        }
        return end.flatMap { WallClock.bounds.contains($0) && $0 > start.instant ? $0 : nil }
    }

    /// Not less than it takes.
    var millisecondsMax: Int64 {
        switch self {
        case .exactly(let milliseconds): milliseconds
        case .days(let days, let milliseconds):
            Int64(days + 1) * WallClock.millisecondsPerDay + milliseconds
        }
    }
}

extension CalendarProperty {
    /// The value as one of the words that the standard has.
    var word: String { value.filter { !$0.isWhitespace }.uppercased() }
}
