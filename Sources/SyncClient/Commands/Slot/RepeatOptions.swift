import ArgumentParser
import Foundation
import Model

/// How a time comes again, as `slot add` takes it.
struct RepeatOptions: ParsableArguments {
    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("Offer it again: daily or weekly", valueName: "frequency"))
    var frequency: Recurrence.Frequency?

    @Option(help: ArgumentHelp("Every so many days or weeks", valueName: "n"))
    var every: Int?

    @Option(help: ArgumentHelp("On these weekdays only, as in mon,wed", valueName: "days"))
    var on: String?

    @Option(help: ArgumentHelp("The last day; in 12 weeks unless given", valueName: "date"))
    var until: String?

    @Option(help: ArgumentHelp("How many times, instead of --until", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("Not on this day; again for further ones", valueName: "date"))
    var except: [String] = []

    /// How far a series reaches of which nobody said when it ends.
    private static let defaultWeeks = 12

    func validate() throws {
        let details = every != nil || on != nil || until != nil || count != nil || !except.isEmpty
        if frequency == nil, details {
            throw ValidationError(
                "--every, --on, --until, --count and --except need --repeat daily or weekly.")
        }
        if until != nil, count != nil {
            throw ValidationError("Give --until or --count, not both.")
        }
        if let every, !(1...Recurrence.intervalMax).contains(every) {
            throw ValidationError(
                "--every takes a number from 1 to \(Recurrence.intervalMax), not \(every).")
        }
        if let count, !(1...Recurrence.occurrencesMax).contains(count) {
            throw ValidationError(
                "--count takes a number from 1 to \(Recurrence.occurrencesMax), not \(count).")
        }
    }

    /// The rule, nil without `--repeat`, and the days that it leaves out.
    func rule(from first: CalendarDay, in context: CommandContext) throws -> Recurrence? {
        guard let frequency else { return nil }
        let end: Recurrence.End
        if let count {
            end = .count(count)
        } else if let until {
            let last = try context.dateInput.parseDay(until)
            guard last >= first else {
                throw CommandFailure(
                    .usage, code: "endBeforeStart",
                    "\(InputFailure.quoted(until)) lies before the first day, \(first.text).",
                    hint: "Give --until with a later day.")
            }
            end = .day(last)
        } else {
            let last = first.adding(days: 7 * Self.defaultWeeks - 1) ?? .last
            context.output.warn(
                "The series ends on \(last.text); --until or --count say otherwise.")
            end = .day(last)
        }
        return Recurrence(
            frequency: frequency, interval: every ?? 1, weekdays: try weekdays(), end: end)
    }

    func exceptions(in context: CommandContext) throws -> Set<CalendarDay> {
        Set(try except.map { try context.dateInput.parseDay($0) })
    }

    private func weekdays() throws -> Set<Weekday> {
        guard let on else { return [] }
        return Set(
            try on.split(separator: ",", omittingEmptySubsequences: false).map { part in
                let name = part.trimmingCharacters(in: .whitespaces)
                guard let day = Weekday(text: name) else {
                    throw CommandFailure(
                        .usage, code: "invalidWeekday",
                        "\(InputFailure.quoted(name)) is not a weekday.",
                        hint: "Write them like mon,wed,fri.")
                }
                return day
            })
    }
}

extension Recurrence.Frequency: ExpressibleByArgument {
    init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}
