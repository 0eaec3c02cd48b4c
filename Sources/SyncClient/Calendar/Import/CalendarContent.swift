/// What a calendar file holds for some time: its series, and what could not be read of it.
struct CalendarContent {
    /// Events of a whole file.
    static let occurrencesMax = 20_000

    private(set) var series: [CalendarSeries] = []
    /// In the order of their lines.
    private(set) var failures: [CalendarFile.Remark]
    /// All of them, those that are not named included.
    private(set) var failureCount: Int
    private(set) var notes: [CalendarFile.Remark]
    /// UIDs whose events all lie before or after that time.
    private(set) var elsewhereCount = 0
    /// Whether there are more than ``occurrencesMax``; the rest was not worked out.
    private(set) var isTooMuch = false

    /// All-day events and times without a zone are on the clock of `home`.
    init(_ file: CalendarFile, in window: Range<Int64>, home: WallClock) {
        failures = file.failures
        failureCount = file.failureCount
        notes = file.notes
        var zones = CalendarZones(of: file, home: home, until: window.upperBound)
        var budget = CalendarRule.Budget()
        var occurrences = 0
        for (uid, entries) in Self.groups(of: file.entries) {
            let one = CalendarSeries(
                uid, entries, in: window, isCancelled: file.isCancellation, &zones, &budget)
            failures += one.failures
            failureCount += one.failures.count
            elsewhereCount += one.isElsewhere ? 1 : 0
            occurrences += one.occurrences.count
            guard occurrences <= Self.occurrencesMax else {
                isTooMuch = true
                break
            }
            series.append(one)
        }
        notes += zones.unknown.map { name, line in
            CalendarFile.Remark(
                line: line,
                reason: "The time zone \(InputFailure.quoted(name)) is unknown; its times were "
                    + "read as yours.")
        }
        failures = Array(
            failures.sorted { $0.line < $1.line }.prefix(CalendarFile.remarksMax))
        notes = Array(notes.sorted { $0.line < $1.line }.prefix(CalendarFile.remarksMax))
    }

    /// The entries of each UID, in the order of the file. Where there is none, beginning and title
    /// stand for it.
    private static func groups(
        of entries: [CalendarFile.Entry]
    ) -> [(uid: String, entries: [CalendarFile.Entry])] {
        var groups: [(uid: String, entries: [CalendarFile.Entry])] = []
        var places: [String: Int] = [:]
        for entry in entries {
            let said = entry[.uid]?.value.filter { !$0.isWhitespace } ?? ""
            let start = entry[.start]?.value ?? "line \(entry.line)"
            let uid = said.isEmpty ? "\(start) \(entry[.summary]?.value ?? "")" : said
            if let place = places[uid] {
                groups[place].entries.append(entry)
            } else {
                places[uid] = groups.count
                groups.append((uid, [entry]))
            }
        }
        return groups
    }
}
