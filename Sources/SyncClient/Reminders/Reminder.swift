import Model
import Replica

/// A meeting or a task of which its member can be reminded.
struct Remindable: Hashable {
    enum Kind: String {
        case meeting, task
    }

    let kind: Kind
    let record: RecordID
    let scope: Scope
    /// When it begins, or is due.
    let at: Int64
    /// When it is over; of a task, when it is too late to say anything.
    let end: Int64
    let title: String?
    /// The other person; nil for one's own task.
    let other: MemberID?
}

/// When to be reminded of what: decided here, said elsewhere.
enum ReminderPlan {
    /// For how long a task that was forgotten is worth a word.
    private static let lateTaskMilliseconds: Int64 = 7 * 24 * 3_600_000

    /// What is to be said now of one thing.
    ///
    /// The reminders whose moment has come are said as one: a laptop that was off for a day says
    /// once what still matters. Nothing is said after a later reminder was.
    ///
    /// - Parameters:
    ///   - thing: what there is to remind of.
    ///   - offsets: minutes before it.
    ///   - given: those offsets at which something was said already.
    ///   - now: the present.
    /// - Returns: the offsets that are settled by saying it now; none if nothing is to be said.
    static func due(
        _ thing: Remindable, offsets: [Int64], given: Set<Int64>, now: Int64
    ) -> [Int64] {
        guard now < thing.end else { return [] }
        let come = offsets.filter { thing.at.subtracting(clamped: $0.minutesInMilliseconds) <= now }
        guard let latest = come.min(), given.allSatisfy({ $0 > latest }) else { return [] }
        return come.filter { !given.contains($0) }
    }

    /// Whether it has to wait for the end of quiet hours; not if it would be too late then.
    static func waits(_ thing: Remindable, for quiet: QuietHours?, now: Int64, clock: WallClock)
        -> Bool
    {
        guard let reading = clock.reading(at: now) else { return false }
        let minute = Int64(reading.millisecondOfDay / 60_000)
        guard let left = quiet?.minutesLeft(at: minute) else { return false }
        return thing.at >= now.adding(clamped: left.minutesInMilliseconds) || thing.at <= now
    }

    /// Confirmed meetings that are not over, and tasks of one's own that are not done, as far as
    /// any of the offsets reaches, the earliest first.
    static func things(
        within minutes: Int64, of now: Int64, in reader: ReplicaReader
    ) throws -> [Remindable] {
        let oneself = reader.identity.member
        let last = now.adding(clamped: minutes.minutesInMilliseconds)
        let meetings = try reader.bookingOutlooks().compactMap { outlook -> Remindable? in
            guard outlook.ruled == .confirmed, outlook.state == .confirmed,
                [outlook.mentor, outlook.participant].contains(oneself),
                let start = outlook.start, let end = outlook.end, start <= last, now < end
            else { return nil }
            return Remindable(
                kind: .meeting, record: outlook.booking.id, scope: outlook.booking.scope,
                at: start, end: end, title: outlook.booking.text(Fields.Booking.topic),
                other: outlook.mentor == oneself ? outlook.participant : outlook.mentor)
        }
        let tasks = try reader.records(
            of: Schema.task,
            where: [
                .scope(.participant(oneself)),
                .atLeast(Fields.Task.due, .integer(now.subtracting(clamped: lateTaskMilliseconds))),
                .less(Fields.Task.due, .integer(last.adding(clamped: 1))),
                .equals(Fields.Task.status, .integer(TaskStatus.open.rawValue)),
            ]
        ).compactMap { task -> Remindable? in
            guard let due = task.integer(Fields.Task.due) else { return nil }
            return Remindable(
                kind: .task, record: task.id, scope: task.scope, at: due,
                end: due.adding(clamped: lateTaskMilliseconds), title: task.text(Fields.Task.title),
                other: nil)
        }
        return (meetings + tasks).sorted { ($0.at, $0.record) < ($1.at, $1.record) }
    }
}

/// A reminder in words.
struct ReminderView {
    let thing: Remindable

    var heading: String {
        switch thing.kind {
        case .meeting: thing.title.map { "Meeting: \($0)" } ?? "Meeting"
        case .task: thing.title ?? "Task"
        }
    }

    /// When it is, from now on: `Fri 2026-12-04 10:00 (in 30 minutes), with Mara`.
    func body(_ presentation: Presentation, now: Int64) -> String {
        let time = presentation.time.string(thing.at)
        let distance = RelativeTime.string(thing.at, now: now)
        switch thing.kind {
        case .meeting: return "\(time) (\(distance)), with \(presentation.name(thing.other))"
        case .task:
            return "\(thing.at > now ? "due" : "was due") \(time) (\(distance))"
        }
    }

    func json(_ presentation: Presentation, now: Int64) -> JSONValue {
        [
            "record": .string(thing.record.text), "kind": .string(thing.kind.rawValue),
            "at": .time(thing.at), "title": JSONValue(thing.title),
            "with": JSONValue(thing.other?.text),
            "text": .string("\(heading): \(body(presentation, now: now))"),
        ]
    }
}
