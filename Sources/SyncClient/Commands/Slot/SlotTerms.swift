import ArgumentParser
import Model
import Replica

/// On which terms a slot can be had, as `slot add` and `slot edit` take them.
struct SlotTermOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Time of yours that is taken before it, or none", valueName: "d"))
    var bufferBefore: String?

    @Option(help: ArgumentHelp("Time of yours that is taken after it, or none", valueName: "d"))
    var bufferAfter: String?

    @Option(
        help: ArgumentHelp(
            "How long before its start one can ask for it at the latest, or none",
            valueName: "duration"))
    var notice: String?

    @Option(
        help: ArgumentHelp("So many of your times are booked on one day, or none", valueName: "n"))
    var maxPerDay: String?

    @Option(
        help: ArgumentHelp("Requests gather until then and are decided together", valueName: "time")
    )
    var decideAt: String?

    @Option(
        help: ArgumentHelp("The same, so long before its start, as in 2d", valueName: "duration"))
    var decideBefore: String?

    @Option(help: "Who has it then: earliest, who asked first; least-served, who met least")
    var order: RequestOrder?

    func validate() throws {
        if decideAt != nil, decideBefore != nil {
            throw ValidationError("Give --decide-at or --decide-before, not both.")
        }
        if order != nil, decideAt == nil, decideBefore == nil {
            throw ValidationError("--order needs --decide-at or --decide-before.")
        }
    }

    func terms(in context: CommandContext) throws -> SlotTerms {
        var terms = SlotTerms()
        terms.values[Fields.Slot.bufferBefore] = try bufferBefore.map { try buffer($0) }
        terms.values[Fields.Slot.bufferAfter] = try bufferAfter.map { try buffer($0) }
        terms.values[Fields.Slot.notice] = try notice.map { text in
            if Self.isNone(text) { return .null }
            let bounds = 60_000...Int64(Limits.slotNoticeMinutesMax) * 60_000
            return .integer(try DurationInput(bounds: bounds).parse(text) / 60_000)
        }
        terms.values[Fields.Slot.dayMax] = try maxPerDay.map { text in
            if Self.isNone(text) { return .null }
            guard let count = Digits.value(text[...]), count > 0 else {
                throw CommandFailure(
                    .usage, code: "invalidNumber",
                    "--max-per-day takes a number from 1 on, not \(InputFailure.quoted(text)).",
                    hint: "Give a number, or none.")
            }
            return .integer(Int64(count))
        }
        terms.order = order ?? .earliest
        if let decideAt { terms.decision = .at(try context.timeInput.parse(decideAt)) }
        if let decideBefore {
            terms.decision = .before(try DurationInput().parse(decideBefore))
        }
        return terms
    }

    private func buffer(_ text: String) throws -> Value {
        Self.isNone(text) ? .null : .integer(try SlotLength.minutes(text, noun: "Buffers"))
    }

    private static func isNone(_ text: String) -> Bool { text.lowercased() == "none" }
}

extension RequestOrder: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument.lowercased()) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}

/// The terms that were named: only those replace others.
struct SlotTerms {
    enum Decision {
        case at(Int64)
        /// So many milliseconds before the start.
        case before(Int64)

        func instant(start: Int64) -> Int64 {
            switch self {
            case .at(let instant): instant
            case .before(let milliseconds): start.subtracting(clamped: milliseconds)
            }
        }
    }

    /// Null where a term is taken away.
    var values: [FieldID: Value] = [:]
    var decision: Decision?
    var order = RequestOrder.earliest

    /// Gives a slot that starts at an instant these terms, and its day by its mentor's clock.
    func apply(to values: inout [FieldID: Value], start: Int64, _ clock: WallClock) throws {
        for (field, value) in self.values { values[field] = value.isNull ? nil : value }
        values[Fields.Slot.day] = (clock.reading(at: start)?.day.text).map { .text($0) }
        guard let decision else { return }
        let instant = decision.instant(start: start)
        guard instant < start else {
            throw CommandFailure(
                .usage, code: "decidedTooLate",
                "It would be decided when it has started already.",
                hint: "Give an earlier time with --decide-at, or --decide-before.")
        }
        values[Fields.Slot.decideAt] = .integer(instant)
        values[Fields.Slot.order] = .integer(order.rawValue)
    }
}
