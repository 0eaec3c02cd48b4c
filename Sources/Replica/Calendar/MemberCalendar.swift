package import Model

/// What belongs into a member's calendar: from their own replica, or from the hub's tables for the
/// address that they gave their phone.
package struct MemberCalendar {
    /// Meetings, the earliest first.
    package let meetings: [CalendarText.Event]
    /// What they have noted in their own time.
    package let ownEvents: [CalendarText.Event]
    package let tasks: [CalendarText.Task]

    /// All meetings but those that the hub refused; those that were cancelled are named as such, so
    /// that a calendar which has them takes them out.
    ///
    /// - Parameters:
    ///   - member: whose calendar it is.
    ///   - pairs: the scopes of the member and their counterparts, present and former ones.
    ///   - reader: tables that hold at least what the member may read.
    /// - Throws: what the tables throw.
    package init(of member: MemberID, pairs: [Scope], in reader: ReplicaReader) throws {
        let domain = Self.domain(of: reader)
        meetings = try reader.bookingOutlooks(in: pairs).compactMap { outlook in
            try Self.event(outlook, of: member, domain, in: reader)
        }
        ownEvents = try reader.records(
            of: Schema.personalEvent, where: [.scope(.own(member))],
            orderedBy: Fields.PersonalEvent.start
        ).compactMap { Self.event($0, domain) }
        tasks = try reader.records(of: Schema.task, where: [.scope(.participant(member))])
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
    package static func domain(of reader: ReplicaReader) -> String {
        "\(reader.identity.programme.text).waymark"
    }

    private static func event(
        _ outlook: BookingOutlook, of member: MemberID, _ domain: String, in reader: ReplicaReader
    ) throws -> CalendarText.Event? {
        guard [outlook.mentor, outlook.participant].contains(member),
            let start = outlook.start.flatMap(writable), let end = outlook.end.flatMap(writable)
        else { return nil }
        let status: CalendarText.Event.Status
        switch outlook.state {
        case .refused, .waitlisted: return nil
        case .requested, .held: status = .tentative
        case .confirmed, .completed, .missed: status = .confirmed
        case .declined, .cancelled: status = .cancelled
        }
        let other = outlook.mentor == member ? outlook.participant : outlook.mentor
        let name = try reader.record(other.recordID, of: Schema.profile)?
            .text(Fields.Profile.name)
        let topic = outlook.booking.text(Fields.Booking.topic) ?? "Meeting"
        let offer = try outlook.slot.flatMap { try reader.record($0, of: Schema.slot) }?
            .reference(Fields.Slot.offer)
            .flatMap { try reader.record($0, of: Schema.offer, includesDead: true) }
        return CalendarText.Event(
            uid: "\(outlook.booking.id.text)@\(domain)", start: start, end: end,
            changed: outlook.events.map(\.at).max().flatMap(writable) ?? 0,
            sequence: outlook.events.count,
            title: name.map { "\(topic) with \($0)" } ?? topic,
            place: offer?.text(Fields.Offer.place),
            details: outlook.booking.text(Fields.Booking.note), status: status,
            isBusy: status != .cancelled)
    }

    private static func event(_ record: StoredRecord, _ domain: String) -> CalendarText.Event? {
        guard let start = record.integer(Fields.PersonalEvent.start).flatMap(writable) else {
            return nil
        }
        let end = record.integer(Fields.PersonalEvent.end).flatMap(writable) ?? start
        let (created, changed) = (record.createdAt.milliseconds, record.updatedAt.milliseconds)
        return CalendarText.Event(
            uid: "\(record.id.text)@\(domain)", start: start,
            // Never before the start, whatever two laptops have made of the two.
            end: max(start, end), changed: writable(changed) ?? 0,
            sequence: Int(clamping: max(0, changed.subtracting(clamped: created) / 1_000)),
            title: record.text(Fields.PersonalEvent.title) ?? "Busy",
            place: record.text(Fields.PersonalEvent.place),
            details: record.text(Fields.PersonalEvent.details), status: .confirmed,
            isBusy: !record.isTrue(Fields.PersonalEvent.isFree))
    }

    /// A record can hold any number.
    private static func writable(_ instant: Int64) -> Int64? {
        (Limits.instantMillisecondsMin...Limits.instantMillisecondsMax).contains(instant)
            ? instant : nil
    }
}

extension ReplicaReader {
    /// The scopes of a member and their counterparts, as far as this replica has them.
    package func pairs(of member: MemberID) throws -> [Scope] {
        try store.allScopes().map(\.scope)
            .filter { $0.kind == .pair && $0.members.contains(member) }
    }
}
