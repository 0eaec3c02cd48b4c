import Model
import Replica

/// How many meetings there were and are to come, of all the bookings that a member may see.
struct MeetingCount {
    private(set) var completed = 0
    private(set) var missed = 0
    /// Confirmed and still to come.
    private(set) var ahead = 0
    /// Wait for a mentor's approval, or for an answer to a proposed move.
    private(set) var waiting = 0

    init(_ outlooks: [BookingOutlook], now: Int64) {
        for outlook in outlooks {
            switch outlook.ruled {
            case .completed: completed += 1
            case .missed: missed += 1
            case .confirmed where outlook.start ?? .min > now:
                ahead += 1
                if outlook.move?.state == .open { waiting += 1 }
            case .held where outlook.start ?? .min > now: waiting += 1
            default: break
            }
        }
    }

    var json: JSONValue {
        [
            "completed": JSONValue(completed), "missed": JSONValue(missed),
            "ahead": JSONValue(ahead), "waiting": JSONValue(waiting),
        ]
    }
}

extension BookingOutlook {
    /// Whether it is a meeting that will be, as far as is known.
    func isAhead(of now: Int64) -> Bool { ruled == .confirmed && start ?? .min > now }

    /// What dashboards say of a meeting.
    var brief: JSONValue {
        [
            "booking": .string(booking.id.text), "start": .time(start),
            "topic": JSONValue(booking.text(Fields.Booking.topic)),
        ]
    }
}

/// How many tasks are where.
struct TaskCount {
    private(set) var open = 0
    /// Wait for a mentor.
    private(set) var submitted = 0
    private(set) var done = 0
    /// Neither done nor submitted when they were due.
    private(set) var overdue = 0

    init(_ tasks: [StoredRecord], now: Int64) {
        for task in tasks {
            let status = task.integer(Fields.Task.status).flatMap(TaskStatus.init(rawValue:))
            switch status ?? .open {
            case .open:
                open += 1
                if let due = task.integer(Fields.Task.due), due < now { overdue += 1 }
            case .submitted: submitted += 1
            case .done: done += 1
            }
        }
    }

    var all: Int { open + submitted + done }

    var json: JSONValue {
        [
            "open": JSONValue(open), "submitted": JSONValue(submitted), "done": JSONValue(done),
            "overdue": JSONValue(overdue),
        ]
    }
}

/// A part of a whole as a bar and in per cent.
struct Share {
    private static let barWidth = 20

    let part: Double
    let whole: Double

    /// Nil where there is no whole.
    var percent: Int? { ratio.map { Int(($0 * 100).rounded()) } }

    /// From 0 to 1, whatever numbers the records hold.
    private var ratio: Double? { whole > 0 ? min(max(part / whole, 0), 1) : nil }

    var text: TerminalText {
        guard let ratio, let percent else { return "–" }
        let filled = Int((ratio * Double(Self.barWidth)).rounded())
        let rest = String(repeating: ".", count: Self.barWidth - filled)
        return "[\(String(repeating: "#", count: filled), .success)\(rest, .faint)] \(percent) %"
    }
}
