import ArgumentParser
import Model
import Replica

struct EventEdit: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change an event of yours",
        discussion: "An empty text takes the place or the details away.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The event's id or its beginning")
    var event: RecordReference

    @Option(help: "What it is, in a few words")
    var title: String?

    @Option(help: "When it starts; a day alone means all of it")
    var start: String?

    @OptionGroup var fields: EventFields

    @Flag(inversion: .prefixedNo, help: "Whether you can be booked all the same")
    var free: Bool?

    func run(in context: CommandContext) async throws {
        var values = try fields.values(in: context)
        values[Fields.PersonalEvent.title] = try title.map {
            .text(try context.shortText($0, "title"))
        }
        values[Fields.PersonalEvent.isFree] = free.map { .boolean($0) }
        guard !values.isEmpty || start != nil || fields.duration != nil || fields.days != nil else {
            throw CommandFailure(
                .usage, code: "nothingToChange", "Nothing was named that is to change.",
                hint: "Give one of --title, --start, --duration, --place, --details and --free.")
        }
        let times = try context.timeInput
        let (id, isUnchanged) = try context.replica.act("event edit", at: context.now) { action in
            let record = try event.resolve(Schema.personalEvent, in: action.reader)
            if let time = try time(EventView(record, in: action.reader), times) {
                values[Fields.PersonalEvent.start] = .integer(time.start)
                values[Fields.PersonalEvent.end] = .integer(time.end)
            }
            for field in Schema.personalEvent.fields {
                guard let value = values[field.id] else { continue }
                try action.set(field.id, of: record, to: value)
            }
            return (record.id, action.isEmpty)
        }
        if isUnchanged { SaveNotice.tellUnchanged("event", in: context) }
        try EventShow.warnOfMeetings(id, in: context)
        try EventShow.show(id, in: context)
    }

    /// The new time: what was not said stays, the length as well.
    private func time(
        _ event: EventView, _ times: TimeInput
    ) throws -> (start: Int64, end: Int64)? {
        guard start != nil || fields.duration != nil || fields.days != nil else { return nil }
        let begins = try start.map { try times.parse($0) } ?? event.start
        if let duration = fields.duration {
            return (begins, begins + (try DurationInput().parse(duration)))
        }
        if let days = fields.days {
            let clock = WallClock(timeZone: times.timeZone)
            guard let first = clock.reading(at: begins)?.day,
                let time = clock.range(from: first, days: days)
            else { throw InputFailure.timeOutOfRange(start ?? "") }
            return (time.lowerBound, time.upperBound)
        }
        return (begins, begins.adding(clamped: event.end.subtracting(clamped: event.start)))
    }
}
