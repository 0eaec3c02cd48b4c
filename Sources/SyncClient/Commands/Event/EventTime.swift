import ArgumentParser
import Model

/// When an event is: a time and how long, or whole days.
struct EventTime {
    let start: Int64
    let end: Int64

    /// A start that is a day alone means all of it.
    init(start text: String, duration: String?, days: Int?, in context: CommandContext) throws {
        let input = try context.timeInput
        guard try input.namesDayAlone(text) else {
            guard let duration else {
                throw CommandFailure(
                    .usage, code: "durationMissing", "It was not said how long it takes.",
                    hint: "Say it with --duration, as in: --duration 2h")
            }
            start = try input.parse(text)
            end = start + (try DurationInput().parse(duration))
            guard WallClock.bounds.contains(end) else {
                throw InputFailure.timeOutOfRange("\(text) + \(duration)")
            }
            return
        }
        guard duration == nil else {
            throw CommandFailure(
                .usage, code: "invalidTime",
                "\(InputFailure.quoted(text)) is a day without a time.",
                hint: "Say when it starts, as in \"\(text) 10:00\", or leave --duration out.")
        }
        let clock = WallClock(timeZone: try context.timeZone)
        start = try input.parse(text)
        guard let first = clock.reading(at: start)?.day,
            let end = first.adding(days: days ?? 1).flatMap({ clock.instant(of: $0) })
        else { throw InputFailure.timeOutOfRange(text) }
        self.end = end
    }
}

/// How long an event is and what else one can say of it.
struct EventFields: ParsableArguments {
    static let daysMax = 366

    @Option(help: "How long it takes, as in 45m or 2h")
    var duration: String?

    @Option(help: "Of whole days: how many")
    var days: Int?

    @Option(help: "Where it is")
    var place: String?

    @Option(help: "More about it; - reads standard input")
    var details: String?

    func validate() throws {
        guard days.map({ (1...Self.daysMax).contains($0) }) ?? true else {
            throw ValidationError("--days takes a number from 1 to \(Self.daysMax).")
        }
    }

    /// The texts that were given; null where an empty one takes it away.
    func values(in context: CommandContext) throws -> [FieldID: Value] {
        var values: [FieldID: Value] = [:]
        values[Fields.PersonalEvent.place] = try place.map {
            let text = try context.shortText($0, "place", allowsEmpty: true)
            return text.isEmpty ? .null : .text(text)
        }
        values[Fields.PersonalEvent.details] = try details.map {
            let text = try context.textInput("details", allowsEmpty: true).read($0)
            return text.isEmpty ? .null : .text(text)
        }
        return values
    }
}
