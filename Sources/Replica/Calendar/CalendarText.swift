import Foundation

/// A calendar as RFC 5545 writes it: lines of at most 75 octets that end with CRLF, times in UTC, so
/// that no reader has to know a time zone.
package struct CalendarText {
    /// Something with a time; all instants in milliseconds since 1970, within the years 1 to 9999.
    package struct Event {
        package enum Status: String, Sendable {
            case tentative = "TENTATIVE"
            case confirmed = "CONFIRMED"
            case cancelled = "CANCELLED"
        }

        /// The same for the same event in every export, so that a calendar that reads it again
        /// replaces what it has.
        let uid: String
        let start: Int64
        let end: Int64
        let changed: Int64
        /// Rises with every change.
        let sequence: Int
        let title: String
        let place: String?
        let details: String?
        let status: Status
        /// Whether its time is taken.
        let isBusy: Bool

        package init(
            uid: String, start: Int64, end: Int64, changed: Int64, sequence: Int, title: String,
            place: String?, details: String?, status: Status, isBusy: Bool
        ) {
            self.uid = uid
            self.start = start
            self.end = end
            self.changed = changed
            self.sequence = sequence
            self.title = title
            self.place = place
            self.details = details
            self.status = status
            self.isBusy = isBusy
        }
    }

    /// Something to be done.
    package struct Task {
        let uid: String
        let due: Int64?
        let changed: Int64
        let title: String
        let details: String?
        let isDone: Bool

        package init(
            uid: String, due: Int64?, changed: Int64, title: String, details: String?, isDone: Bool
        ) {
            self.uid = uid
            self.due = due
            self.changed = changed
            self.title = title
            self.details = details
            self.isDone = isDone
        }
    }

    private static let octetsMax = 75

    package private(set) var text = ""

    package init(named name: String, events: [Event], tasks: [Task] = []) {
        add("BEGIN:VCALENDAR")
        add("VERSION:2.0")
        add("PRODID:-//Waymark//waymark//EN")
        add("CALSCALE:GREGORIAN")
        add("X-WR-CALNAME:\(Self.escaped(name))")
        for event in events { add(event) }
        for task in tasks { add(task) }
        add("END:VCALENDAR")
    }

    private mutating func add(_ event: Event) {
        add("BEGIN:VEVENT")
        add("UID:\(event.uid)")
        add("DTSTAMP:\(Self.time(event.changed))")
        add("LAST-MODIFIED:\(Self.time(event.changed))")
        add("SEQUENCE:\(event.sequence)")
        add("DTSTART:\(Self.time(event.start))")
        add("DTEND:\(Self.time(event.end))")
        add("SUMMARY:\(Self.escaped(event.title))")
        if let place = event.place { add("LOCATION:\(Self.escaped(place))") }
        if let details = event.details { add("DESCRIPTION:\(Self.escaped(details))") }
        add("STATUS:\(event.status.rawValue)")
        add("TRANSP:\(event.isBusy ? "OPAQUE" : "TRANSPARENT")")
        add("END:VEVENT")
    }

    private mutating func add(_ task: Task) {
        add("BEGIN:VTODO")
        add("UID:\(task.uid)")
        add("DTSTAMP:\(Self.time(task.changed))")
        add("LAST-MODIFIED:\(Self.time(task.changed))")
        if let due = task.due { add("DUE:\(Self.time(due))") }
        add("SUMMARY:\(Self.escaped(task.title))")
        if let details = task.details { add("DESCRIPTION:\(Self.escaped(details))") }
        add("STATUS:\(task.isDone ? "COMPLETED" : "NEEDS-ACTION")")
        add("END:VTODO")
    }

    /// Adds a line, folded between characters (RFC 5545, section 3.1).
    private mutating func add(_ line: String) {
        var octets = 0
        for scalar in line.unicodeScalars {
            let width = UTF8.width(scalar)
            if octets + width > Self.octetsMax {
                text += "\r\n "
                octets = 1
            }
            text.unicodeScalars.append(scalar)
            octets += width
        }
        text += "\r\n"
    }

    /// A text as a value (section 3.3.11), without the characters that no value may have, nor those
    /// that turn a line around or that a terminal takes for commands.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        var wasReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": escaped += "\\\(scalar)"
            case "\r": escaped += "\\n"
            case "\n": escaped += wasReturn ? "" : "\\n"
            case "\t": escaped += "\t"
            default:
                let isControl = scalar.properties.generalCategory == .control
                let turnsLine = [0x202A...0x202E, 0x2066...0x2069].contains { $0 ~= scalar.value }
                if !isControl, !turnsLine { escaped.unicodeScalars.append(scalar) }
            }
            wasReturn = scalar == "\r"
        }
        return escaped
    }

    /// `20261201T100000Z`, of the calendar that the whole of RFC 3339 has: also before 1582.
    private static func time(_ instant: Int64) -> String {
        var seconds = time_t(instant / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let day =
            padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2)
        let time = padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2)
        return "\(day)T\(time)Z"
    }
}
