/// The events that the entries of one UID in a calendar file stand for, within some time.
struct CalendarSeries {
    /// One event of it.
    struct Occurrence {
        let line: Int
        /// Which one of the series; empty for what is no series.
        let name: String
        let start: Int64
        let end: Int64
        let title: String
        let place: String?
        let details: String?
        let isFree: Bool
        let sequence: Int
    }

    /// Events of one series: five a day for a year.
    static let occurrencesMax = 2_000
    static let untitled = "Busy"

    let uid: String
    /// Whether the file has the series itself, and not only changes of single occurrences of it.
    private(set) var isWhole = false
    private(set) var occurrences: [Occurrence] = []
    /// Names of those that the file takes back.
    private(set) var cancelled: Set<String> = []
    private(set) var failures: [CalendarFile.Remark] = []
    /// Whether it has events, but none in the time that was asked for.
    private(set) var isElsewhere = false

    private let window: Range<Int64>

    /// A change of one occurrence, or of one and all after it.
    private struct Change {
        let appointment: CalendarAppointment
        let original: CalendarMoment
        let isOfFuture: Bool
    }

    /// - Parameters:
    ///   - uid: What the entries have in common.
    ///   - entries: The entries.
    ///   - window: Events that lie in this time, even in part, are wanted.
    ///   - isCancelled: Whether the file takes back what it holds.
    ///   - zones: Where its times are.
    ///   - budget: How much may still be worked out.
    init(
        _ uid: String, _ entries: [CalendarFile.Entry], in window: Range<Int64>,
        isCancelled: Bool, _ zones: inout CalendarZones, _ budget: inout CalendarRule.Budget
    ) {
        self.uid = uid
        self.window = window
        let main = newest(of: entries.filter { $0[.recurrence] == nil })
        var first: CalendarAppointment?
        if let main {
            do throws(CalendarRule.Fault) {
                first = try CalendarAppointment(main, &zones, &budget)
            } catch {
                fail(main.line, error)
                return
            }
        }
        let changes = changes(
            entries.filter { $0[.recurrence] != nil }, of: first, &zones, &budget)
        guard !isCancelled, !(first?.isCancelled ?? false) else {
            isWhole = main != nil
            cancelled = Set(changes.map(\.original.name))
            return
        }
        guard let main, let first else {
            for change in changes { add(change, excluded: [], title: nil) }
            return
        }
        do throws(CalendarRule.Fault) {
            try addAll(main, first, changes, &zones, &budget)
            isWhole = true
            isElsewhere = occurrences.isEmpty
        } catch {
            occurrences = []
            fail(main.line, error)
        }
    }

    private mutating func fail(_ line: Int, _ fault: CalendarRule.Fault) {
        failures.append(
            CalendarFile.Remark(
                line: line, reason: "The event was left out: \(fault.reason)."))
    }

    /// Of several entries for one thing the one that was changed last, by its own account.
    private mutating func newest(of entries: [CalendarFile.Entry]) -> CalendarFile.Entry? {
        var newest = entries.first
        for entry in entries.dropFirst() {
            guard let known = newest else { break }
            let isNewer = Self.age(entry) >= Self.age(known)
            newest = isNewer ? entry : known
            failures.append(
                CalendarFile.Remark(
                    line: (isNewer ? known : entry).line,
                    reason: "The event was left out: line \(isNewer ? entry.line : known.line) "
                        + "says the same one anew."))
        }
        return newest
    }

    private static func age(_ entry: CalendarFile.Entry) -> (Int, String) {
        (entry[.sequence].flatMap { Digits.value($0.word) } ?? 0, entry[.stamp]?.word ?? "")
    }

    private mutating func changes(
        _ entries: [CalendarFile.Entry], of first: CalendarAppointment?,
        _ zones: inout CalendarZones, _ budget: inout CalendarRule.Budget
    ) -> [Change] {
        var changes: [String: (CalendarFile.Entry, Change)] = [:]
        for entry in entries {
            do throws(CalendarRule.Fault) {
                let appointment = try CalendarAppointment(entry, &zones, &budget)
                guard let property = entry[.recurrence], let time = property.time,
                    let said = zones.moment(time, line: property.line, &budget),
                    let original = first.map({ said.aligned(to: $0.start) }) ?? said
                else { throw CalendarRule.Fault(reason: "what it changes cannot be read") }
                let change = Change(
                    appointment: appointment, original: original,
                    isOfFuture: property.parameters["RANGE"]?.uppercased() == "THISANDFUTURE")
                let known = changes[original.name]
                if let known, newest(of: [known.0, entry])?.line == known.0.line { continue }
                changes[original.name] = (entry, change)
            } catch {
                fail(entry.line, error)
            }
        }
        return changes.values.map(\.1).sorted { $0.original.instant < $1.original.instant }
    }

    // MARK: Occurrences

    private mutating func addAll(
        _ main: CalendarFile.Entry, _ first: CalendarAppointment, _ changes: [Change],
        _ zones: inout CalendarZones, _ budget: inout CalendarRule.Budget
    ) throws(CalendarRule.Fault) {
        let kinds: [CalendarProperty.Name] = [.rule, .dates]
        guard kinds.contains(where: { main.properties[$0] != nil }) || !changes.isEmpty else {
            add(first, at: first.start, name: "", length: first.length, title: first.title)
            return
        }
        let found = CalendarExpansion(main, first, window)
        let originals = try found.originals(&zones, &budget)
        let excluded = try found.exceptions(&zones, &budget)
        let single = Set(changes.filter { !$0.isOfFuture }.map(\.original.instant))
        var future = changes.filter(\.isOfFuture)[...]
        var latest: Change?
        for original in originals {
            while let next = future.first, next.original.instant <= original.moment.instant {
                latest = future.popFirst()
            }
            guard !excluded.contains(original.moment.instant) else { continue }
            guard !single.contains(original.moment.instant) else { continue }
            guard let change = latest else {
                add(
                    first, at: original.moment, name: original.moment.name,
                    length: original.length ?? first.length, title: first.title)
                continue
            }
            guard !change.appointment.isCancelled else { continue }
            // As far from where it was as the one that was changed.
            let start = change.appointment.start
            let moved = original.moment.wall - change.original.wall + start.wall
            guard let moment = start.moved(toWall: moved) else { continue }
            add(
                change.appointment, at: moment, name: original.moment.name,
                length: change.appointment.length,
                title: change.appointment.title ?? first.title)
        }
        for change in changes where !change.isOfFuture {
            add(change, excluded: excluded, title: first.title)
        }
        guard occurrences.count <= Self.occurrencesMax else {
            throw CalendarRule.Fault(
                reason: "it comes more than \(Self.occurrencesMax) times in that time")
        }
    }

    private mutating func add(_ change: Change, excluded: Set<Int64>, title: String?) {
        guard !change.appointment.isCancelled, !excluded.contains(change.original.instant) else {
            cancelled.insert(change.original.name)
            return
        }
        add(
            change.appointment, at: change.appointment.start, name: change.original.name,
            length: change.appointment.length, title: change.appointment.title ?? title)
    }

    private mutating func add(
        _ appointment: CalendarAppointment, at start: CalendarMoment, name: String,
        length: CalendarAppointment.Length, title: String?
    ) {
        guard let end = length.end(from: start), start.instant < window.upperBound,
            end > window.lowerBound
        else { return }
        occurrences.append(
            Occurrence(
                line: appointment.line, name: name, start: start.instant, end: end,
                title: title ?? Self.untitled, place: appointment.place,
                details: appointment.details, isFree: appointment.isFree,
                sequence: appointment.sequence))
    }
}
