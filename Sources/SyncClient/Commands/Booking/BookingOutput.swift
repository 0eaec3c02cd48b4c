import Model
import Replica

/// Shows bookings after they were read or acted upon.
enum BookingOutput {
    static func show(_ id: RecordID, in context: CommandContext) throws {
        let now = StartClock(context).now
        let clock = WallClock(timeZone: try context.timeZone)
        let (outlook, next, beside, overbooked) = try context.replica.read { reader in
            guard let booking = try reader.record(id, of: Schema.booking),
                let outlook = try reader.outlook(of: booking)
            else { throw ReplicaError(.unknownRecord, id.text) }
            return (
                outlook, try followUp(to: outlook, clock, now: now, in: reader),
                try MeetingOverlap.meetings(beside: outlook, reader),
                try MeetingOverlap.overbooked(among: [outlook], reader)
            )
        }
        var view = BookingView(outlook, now: now)
        view.followUp = next
        view.beside = beside.map(\.booking.id)
        view.isOverbooked = !overbooked.isEmpty
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }

    /// Shows a request to any mentor of which no booking has come.
    static func showOpen(_ id: RecordID, in context: CommandContext) throws {
        let outlook = try context.replica.read { reader in
            guard let request = try reader.record(id, of: Schema.openRequest),
                let outlook = try reader.outlook(ofOpen: request)
            else { throw ReplicaError(.unknownRecord, id.text) }
            return outlook
        }
        let view = OpenRequestView(outlook: outlook)
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }

    /// Shows several bookings as a list.
    static func showAll(_ ids: [RecordID], in context: CommandContext) throws {
        let now = StartClock(context).now
        let views = try context.replica.read { reader in
            try ids.compactMap { try reader.record($0, of: Schema.booking) }
                .compactMap { try reader.outlook(of: $0) }
        }.map { BookingView($0, now: now) }
        if context.output.json {
            return try context.output.writeJSON(.array(views.map(\.json)))
        }
        try context.output.writeOut(
            BookingTable.table(views, [], Presentation(context)), ifEmpty: "")
    }

    /// A free slot of the mentor at the same time on the wall a week after a meeting that took place.
    private static func followUp(
        to outlook: BookingOutlook, _ clock: WallClock, now: Int64, in reader: ReplicaReader
    ) throws -> SlotView? {
        guard outlook.state == .completed, let start = outlook.start,
            let reading = clock.reading(at: start), let day = reading.day.adding(days: 7),
            let next = clock.instant(of: day, millisecondOfDay: reading.millisecondOfDay)
        else { return nil }
        return try reader.records(
            of: Schema.slot,
            where: [
                .scope(.slots(of: outlook.mentor)),
                .equals(Fields.Slot.start, .integer(next)),
            ]
        ).map { SlotView($0, now: now) }.first { $0.state == .open }
    }
}
