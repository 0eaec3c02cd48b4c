import Model
import Replica

/// What of a member's replica belongs into their calendar.
struct MemberCalendar {
    let events: [CalendarText.Event]
    let tasks: [CalendarText.Task]

    /// All meetings but those that the hub refused; those that were cancelled are named as such, so
    /// that a calendar which has them takes them out.
    init(in reader: ReplicaReader, names: [MemberID: String]) throws {
        let oneself = reader.identity.member
        let domain = Self.domain(of: reader)
        events = try reader.bookingOutlooks().compactMap { outlook in
            try Self.event(outlook, of: oneself, domain, names, in: reader)
        }
        tasks = try reader.records(of: Schema.task, where: [.scope(.participant(oneself))])
            .map { task in
                CalendarText.Task(
                    uid: "\(task.id.text)@\(domain)",
                    due: task.integer(Fields.Task.due).flatMap(Self.writable),
                    changed: Self.writable(task.updatedAt.milliseconds) ?? 0,
                    title: task.text(Fields.Task.title) ?? "Task",
                    details: task.text(Fields.Task.details),
                    isDone: task.integer(Fields.Task.status) == TaskStatus.done.rawValue)
            }
    }

    /// What stands behind the `@` of all UIDs of a programme.
    static func domain(of reader: ReplicaReader) -> String {
        "\(reader.identity.programme.text).waymark"
    }

    private static func event(
        _ outlook: BookingOutlook, of oneself: MemberID, _ domain: String,
        _ names: [MemberID: String], in reader: ReplicaReader
    ) throws -> CalendarText.Event? {
        guard [outlook.mentor, outlook.participant].contains(oneself),
            let start = outlook.start.flatMap(writable), let end = outlook.end.flatMap(writable)
        else { return nil }
        let status: CalendarText.Event.Status
        switch outlook.state {
        case .refused, .waitlisted: return nil
        case .requested, .held: status = .tentative
        case .confirmed, .completed, .missed: status = .confirmed
        case .declined, .cancelled: status = .cancelled
        }
        let other = outlook.mentor == oneself ? outlook.participant : outlook.mentor
        let topic = outlook.booking.text(Fields.Booking.topic) ?? "Meeting"
        let offer = try outlook.slot.flatMap { try reader.record($0, of: Schema.slot) }?
            .reference(Fields.Slot.offer)
            .flatMap { try reader.record($0, of: Schema.offer, includesDead: true) }
        return CalendarText.Event(
            uid: "\(outlook.booking.id.text)@\(domain)", start: start, end: end,
            changed: outlook.events.map(\.at).max().flatMap(writable) ?? 0,
            sequence: outlook.events.count,
            title: names[other].map { "\(topic) with \($0)" } ?? topic,
            place: offer?.text(Fields.Offer.place),
            details: outlook.booking.text(Fields.Booking.note), status: status,
            isBusy: status != .cancelled)
    }

    /// A record can hold any number.
    private static func writable(_ instant: Int64) -> Int64? {
        WallClock.bounds.contains(instant) ? instant : nil
    }
}
