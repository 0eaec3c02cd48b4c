import Model
import Replica

/// What a member has to be at or to do in a stretch of time, from their own replica.
struct Agenda {
    /// Something with a time.
    struct Entry {
        enum Kind: String {
            /// A meeting that was asked for and has not come to nothing.
            case booking
            /// A time of one's own that still has free seats.
            case slot
            /// A task at the moment by which it is due.
            case task
            /// Something of one's own that nobody else sees.
            case event
        }

        let kind: Kind
        let record: RecordID
        let start: Int64
        /// Nil for what has no length.
        let end: Int64?
        let title: String
        /// The other person: of a meeting the one to meet, of a task whose it is, if not one's own.
        let other: MemberID?
        /// A word of the record's own: a booking's or task's state; of a slot how many seats are free.
        let state: String
        /// Whether it is a meeting at the time of another one: two promises, of which one has to give.
        var isBesideAnother = false
        /// Whether it is a meeting with more people than its slot has seats.
        var isOverbooked = false
    }

    /// The earliest first.
    let entries: [Entry]

    /// Of a time what is over at its beginning, or begins at its end, is not part; `now` is the
    /// present by the best clock at hand.
    init(of time: Range<Int64>, now: Int64, in reader: ReplicaReader) throws {
        let oneself = reader.identity.member
        var entries = try Self.bookings(of: oneself, in: reader)
        let events = try EventView.all(in: reader)
        entries += try Self.slots(
            of: oneself, from: time.lowerBound, now: now, besides: events, in: reader)
        entries += try Self.tasks(of: oneself, in: time, reader)
        entries += events.map(Self.entry)
        self.entries = entries.filter { entry in
            entry.start < time.upperBound
                && (entry.start >= time.lowerBound || (entry.end ?? entry.start) > time.lowerBound)
        }.sorted { ($0.start, $0.record) < ($1.start, $1.record) }
    }

    private static func bookings(
        of oneself: MemberID, in reader: ReplicaReader
    ) throws -> [Entry] {
        let outlooks = try reader.bookingOutlooks()
        let besideOthers = MeetingOverlap.besideOthers(among: outlooks, of: oneself)
        let overbooked = try MeetingOverlap.overbooked(among: outlooks, reader)
        return outlooks.compactMap { outlook in
            guard [outlook.mentor, outlook.participant].contains(oneself), let start = outlook.start
            else { return nil }
            switch outlook.state {
            case .refused, .declined, .cancelled: return nil
            case .requested, .held, .confirmed, .completed, .missed, .waitlisted: break
            }
            return Entry(
                kind: .booking, record: outlook.booking.id, start: start, end: outlook.end,
                title: outlook.booking.text(Fields.Booking.topic) ?? "Meeting",
                other: outlook.mentor == oneself ? outlook.participant : outlook.mentor,
                state: outlook.state.name,
                isBesideAnother: besideOthers.contains(outlook.booking.id),
                isOverbooked: overbooked.contains(outlook.booking.id))
        }
    }

    private static func entry(_ event: EventView) -> Entry {
        Entry(
            kind: .event, record: event.record.id, start: event.start, end: event.end,
            title: event.title, other: nil, state: event.isFree ? "free" : "busy")
    }

    private static func slots(
        of oneself: MemberID, from start: Int64, now: Int64, besides events: [EventView],
        in reader: ReplicaReader
    ) throws -> [Entry] {
        try reader.records(
            of: Schema.slot,
            where: [.scope(.slots(of: oneself)), .atLeast(Fields.Slot.start, .integer(start))]
        ).compactMap { record in
            let slot = SlotView(record, now: now)
            guard slot.state == .open else { return nil }
            return Entry(
                kind: .slot, record: record.id, start: slot.start, end: slot.end,
                title: "Free for booking", other: nil,
                state: events.contains { $0.keeps(from: slot) }
                    ? "you are busy" : "\(slot.free) of \(slot.capacity) free")
        }
    }

    /// One's own, and those of the participants whose mentor one is.
    private static func tasks(
        of oneself: MemberID, in time: Range<Int64>, _ reader: ReplicaReader
    ) throws -> [Entry] {
        let isMentor = try reader.role(of: oneself) == .mentor
        return try reader.records(
            of: Schema.task,
            where: [
                .atLeast(Fields.Task.due, .integer(time.lowerBound)),
                .less(Fields.Task.due, .integer(time.upperBound)),
                .differs(Fields.Task.status, .integer(TaskStatus.done.rawValue)),
            ]
        ).compactMap { record in
            let participant = record.scope.participant
            guard isMentor || participant == oneself,
                let due = record.integer(Fields.Task.due)
            else { return nil }
            let status = record.integer(Fields.Task.status).flatMap(TaskStatus.init(rawValue:))
            return Entry(
                kind: .task, record: record.id, start: due, end: nil,
                title: record.text(Fields.Task.title) ?? "Task",
                other: participant == oneself ? nil : participant,
                state: "due, \((status ?? .open).name)")
        }
    }
}
