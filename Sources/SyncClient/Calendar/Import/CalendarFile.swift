import Foundation

/// What a calendar file says, entry by entry as it was written; what cannot be read is listed.
struct CalendarFile {
    /// Something about a line that its reader should know.
    struct Remark: Equatable {
        let line: Int
        let reason: String
    }

    /// A VEVENT.
    struct Entry {
        /// The line at which it begins.
        let line: Int
        /// The first of each name; rules, dates and exceptions may be several.
        var properties: [CalendarProperty.Name: [CalendarProperty]] = [:]

        subscript(name: CalendarProperty.Name) -> CalendarProperty? { properties[name]?.first }
    }

    /// A STANDARD or DAYLIGHT of a VTIMEZONE: from when on which offset holds.
    struct ZoneRule {
        /// On the wall as it was before.
        let start: Int64
        let offsetFrom: Int
        let offsetTo: Int
        let rule: String?
        let dates: [Int64]
    }

    /// More entries than anybody has in one calendar.
    static let entriesMax = 50_000
    /// Lines that are named one by one; the rest is counted.
    static let remarksMax = 1_000
    /// Values of one property that entries may have several of.
    static let repeatedMax = 2_000
    static let zonesMax = 1_000
    /// Forty for each entry. More are read in no time that a person would wait.
    static let linesMax = 2_000_000

    /// Whether anything in it is of a calendar.
    fileprivate(set) var isCalendar = false
    fileprivate(set) var entries: [Entry] = []
    /// By name; of one that is described twice the first.
    fileprivate(set) var zones: [String: [ZoneRule]] = [:]
    /// What could not be read: entries that were left out, and lines of others.
    fileprivate(set) var failures: [Remark] = []
    fileprivate(set) var failureCount = 0
    /// What was read in another way than it is written.
    fileprivate(set) var notes: [Remark] = []
    /// Tasks, journal entries and what else is no event.
    fileprivate(set) var othersCount = 0
    /// Whether it takes its entries back: an invitation that is withdrawn.
    fileprivate(set) var isCancellation = false
    /// Whether there were more than ``entriesMax`` or ``linesMax``; the rest was not read.
    fileprivate(set) var isTooLong = false

    init(_ data: Data) {
        // Outlook can write UTF-16, which nothing but its mark distinguishes.
        let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
        if marks.contains(where: { data.starts(with: $0) }),
            let text = String(data: data, encoding: .utf16)
        {
            self.init(bytes: Data(text.utf8))
        } else {
            self.init(bytes: data)
        }
    }

    private init(bytes: Data) {
        var reader = CalendarFileReader()
        bytes.withUnsafeBytes { buffer in
            CalendarLines.read(buffer) { reader.read($0) }
        }
        self = reader.finished()
    }

    mutating func fail(_ line: Int, _ reason: String) {
        failureCount += 1
        if failures.count < Self.remarksMax {
            failures.append(Remark(line: line, reason: reason))
        }
    }

    mutating func note(_ line: Int, _ reason: String) {
        if notes.count < Self.remarksMax { notes.append(Remark(line: line, reason: reason)) }
    }
}

/// Puts the lines of a calendar file together: what begins and ends, and what stands in it.
private struct CalendarFileReader {
    /// What a line may lie in; the innermost last.
    private struct Open {
        let name: String
        let line: Int
    }

    /// A calendar, an entry, an alarm in it: three; programs nest no deeper.
    private static let depthMax = 16

    private var file = CalendarFile()
    private var open: [Open] = []
    private var entry: CalendarFile.Entry?
    private var zone: String?
    private var zoneRules: [CalendarFile.ZoneRule] = []
    /// What stands in the STANDARD or DAYLIGHT that is open.
    private var zonePart: CalendarFile.Entry?
    private var hasOldText = false
    private var lineCount = 0

    mutating func read(_ line: CalendarLines.Line) -> Bool {
        lineCount += 1
        if lineCount > CalendarFile.linesMax { file.isTooLong = true }
        switch CalendarProperty.read(line) {
        case .other: break
        case .broken:
            // Whatever a file holds that is no calendar is not worth a thousand lines.
            if file.isCalendar {
                file.fail(line.number, "The line is no property; it was left out.")
            }
        case .property(let property):
            if property.isOldText, !hasOldText {
                hasOldText = true
                file.note(line.number, "The text is not UTF-8; it was read as Windows-1252.")
            }
            switch property.name {
            case .begin: begin(property)
            case .end: end(property)
            default: add(property, isCut: line.isCut)
            }
        }
        return !file.isTooLong
    }

    private mutating func begin(_ property: CalendarProperty) {
        let name = property.value.trimmingCharacters(in: .whitespaces).uppercased()
        if ["VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE", "VCALENDAR"].contains(name) {
            // None of these lies in another: whatever is open was not ended.
            closeUnended(downTo: name == "VCALENDAR" ? 0 : open.first?.name == "VCALENDAR" ? 1 : 0)
        }
        guard open.count < Self.depthMax else {
            return file.fail(property.line, "It is nested too deep; it was left out.")
        }
        open.append(Open(name: name, line: property.line))
        switch name {
        case "VCALENDAR": file.isCalendar = true
        case "VEVENT":
            file.isCalendar = true
            entry = CalendarFile.Entry(line: property.line)
        case "VTIMEZONE":
            zone = nil
            zoneRules = []
        case "STANDARD", "DAYLIGHT": zonePart = CalendarFile.Entry(line: property.line)
        case "VTODO", "VJOURNAL", "VFREEBUSY": file.othersCount += 1
        default: break
        }
    }

    private mutating func end(_ property: CalendarProperty) {
        let name = property.value.trimmingCharacters(in: .whitespaces).uppercased()
        guard let index = open.lastIndex(where: { $0.name == name }) else {
            if file.isCalendar {
                file.fail(property.line, "What ends here has not begun; the line was left out.")
            }
            return
        }
        closeUnended(downTo: index + 1)
        open.removeLast()
        switch name {
        case "VEVENT":
            if let entry { file.add(entry) }
            entry = nil
        case "STANDARD", "DAYLIGHT":
            if let rule = zonePart.flatMap({ CalendarFile.ZoneRule($0) }) { zoneRules.append(rule) }
            zonePart = nil
        case "VTIMEZONE":
            if let zone, file.zones[zone] == nil, !zoneRules.isEmpty,
                file.zones.count < CalendarFile.zonesMax
            {
                file.zones[zone] = zoneRules
            }
        default: break
        }
    }

    /// An alarm without an end harms nobody; of an event nobody knows what is missing.
    private mutating func closeUnended(downTo count: Int) {
        while open.count > count, let last = open.popLast() {
            if last.name == "VEVENT" {
                entry = nil
                file.fail(last.line, "The event that begins here has no end; it was left out.")
            } else if last.name == "STANDARD" || last.name == "DAYLIGHT" {
                zonePart = nil
            }
        }
    }

    private mutating func add(_ property: CalendarProperty, isCut: Bool) {
        let name = property.name
        if name == .method, open.last?.name ?? "VCALENDAR" == "VCALENDAR" {
            file.isCancellation = property.value.uppercased() == "CANCEL"
        }
        switch open.last?.name {
        case "VEVENT":
            guard !isCut || name == .description else {
                return file.fail(property.line, "The line is too long; it was left out.")
            }
            entry?.add(property)
        case "STANDARD", "DAYLIGHT": zonePart?.add(property)
        case "VTIMEZONE":
            if name == .zone { zone = zone ?? property.value }
        default: break
        }
    }

    /// The file as it is after its last line.
    mutating func finished() -> CalendarFile {
        closeUnended(downTo: 0)
        return file
    }
}

extension CalendarFile {
    fileprivate init() {}

    fileprivate mutating func add(_ entry: Entry) {
        guard entries.count < Self.entriesMax else {
            isTooLong = true
            return
        }
        entries.append(entry)
    }
}

extension CalendarFile.Entry {
    fileprivate mutating func add(_ property: CalendarProperty) {
        let mayRepeat: Set<CalendarProperty.Name> = [.dates, .exceptions, .rule, .exceptionRule]
        let known = properties[property.name]?.count ?? 0
        guard known == 0 || mayRepeat.contains(property.name) && known <= CalendarFile.repeatedMax
        else { return }
        properties[property.name, default: []].append(property)
    }
}

extension CalendarFile.ZoneRule {
    /// Nil where what it needs is missing or unreadable.
    fileprivate init?(_ part: CalendarFile.Entry) {
        guard case .wall(let start, _) = part[.start]?.time,
            let from = part[.offsetFrom]?.offsetSeconds, let to = part[.offsetTo]?.offsetSeconds
        else { return nil }
        self.start = start
        offsetFrom = from
        offsetTo = to
        rule = part[.rule]?.value
        dates = (part.properties[.dates] ?? []).flatMap { $0.times ?? [] }.compactMap { time in
            if case .wall(let wall, _) = time { wall } else { nil }
        }
    }
}
