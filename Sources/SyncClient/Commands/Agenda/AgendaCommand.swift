import ArgumentParser
import Model
import Replica

struct AgendaCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "agenda",
        abstract: "Show meetings, free times and due tasks, day by day",
        discussion: """
            Meetings that were refused, declined or cancelled are left out, and so are tasks that \
            are done. Mentors see the tasks of their participants, too.
            """)

    enum Span: String, CaseIterable, ExpressibleByArgument {
        case today, week, month

        var days: Int {
            switch self {
            case .today: 1
            case .week: 7
            case .month: 31
            }
        }
    }

    @Argument(help: "today, week (seven days) or month (31 days)")
    var span = Span.week

    @Option(help: ArgumentHelp("The first day, instead of today", valueName: "date"))
    var from: String?

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let clock = WallClock(timeZone: try context.timeZone)
        let first = try context.dateInput.parseDay(from ?? "today")
        guard let time = clock.range(from: first, days: span.days) else {
            throw InputFailure.dateOutOfRange(from ?? "today")
        }
        let now = context.presentMilliseconds
        let agenda = try context.replica.read { try Agenda(of: time, now: now, in: $0) }
        if context.output.json {
            return try context.output.writeJSON(.array(agenda.entries.map(\.json)))
        }
        let last = first.adding(days: span.days - 1) ?? first
        let days = first == last ? "on \(first.text)" : "from \(first.text) to \(last.text)"
        try context.output.writeOut(
            agenda.table(Presentation(context)), ifEmpty: "There is nothing \(days).")
    }
}
