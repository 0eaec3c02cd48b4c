import ArgumentParser
import Foundation
import Model
import Replica

struct NotificationRemind: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "remind",
        abstract: "Say which meetings begin and which tasks are due soon, each once",
        discussion: """
            How long before is chosen with waymark notification settings. With --install the \
            system asks every five minutes and shows what is due on the screen, with no network.
            """)

    @Flag(help: "Show it on the screen, too, and keep to the quiet hours")
    var desktop = false

    @Flag(help: "Let the system ask from now on")
    var install = false

    @Flag(help: "Let the system ask no longer")
    var uninstall = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard [desktop, install, uninstall].count(where: { $0 }) <= 1 else {
            throw ValidationError("--desktop, --install and --uninstall exclude each other.")
        }
    }

    func run(in context: CommandContext) async throws {
        if install || uninstall {
            _ = try context.replica
            let installation = try ReminderInstallation(context)
            return try install ? installation.install() : installation.uninstall()
        }
        let replica = try context.replica
        let now = context.presentMilliseconds
        let clock = WallClock(timeZone: try context.timeZone)
        let due = try replica.read { reader -> [(thing: Remindable, offsets: [Int64])] in
            let settings = NotificationSettings(try reader.settings()?.values)
            guard let reach = settings.reminders.max() else { return [] }
            return try ReminderPlan.things(within: reach, of: now, in: reader).compactMap {
                if desktop,
                    ReminderPlan.waits($0, for: settings.quiet, now: now, clock: clock)
                {
                    return nil
                }
                let given = try reader.remindersGiven(of: $0.record, at: $0.at)
                let offsets = ReminderPlan.due(
                    $0, offsets: settings.reminders, given: given, now: now)
                return offsets.isEmpty ? nil : ($0, offsets)
            }
        }
        let presentation = try Presentation(context)
        var said: [ReminderView] = []
        for (thing, offsets) in due {
            let reminders = offsets.map {
                GivenReminder(
                    record: thing.record, scope: thing.scope, at: thing.at, minutes: $0)
            }
            // Noted first: of two programs that ask at the same time, one says it.
            guard try !replica.noteReminders(reminders).isEmpty else { continue }
            let view = ReminderView(thing: thing)
            if desktop, !Self.show(view, presentation, now: now, in: context) {
                // The next time there may be a screen.
                try replica.forgetReminders(reminders)
                continue
            }
            said.append(view)
        }
        try replica.forgetReminders(
            before: now.subtracting(clamped: 31 * DurationInput.millisecondsPerDay))
        try context.output.write(
            json: .array(said.map { $0.json(presentation, now: now) }),
            text: TerminalText.joined(
                said.map {
                    "\($0.heading, .emphasis): \($0.body(presentation, now: now))"
                }))
    }

    /// Shows a reminder on the screen, where there is a program for that.
    ///
    /// - Returns: whether it is said: on the screen, or only here, because there is no such program.
    private static func show(
        _ view: ReminderView, _ presentation: Presentation, now: Int64, in context: CommandContext
    ) -> Bool {
        let environment = context.surroundings.environment
        guard let program = SystemProgram("notify-send", environment: environment) else {
            return true
        }
        // What follows the heading is read as markup.
        let body = view.body(presentation, now: now)
            .replacingOccurrences(of: "&", with: "&amp;")
            .replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
        let heading = TerminalText.escape(view.heading)
        let isShown = program.run(
            ["--app-name=Waymark", "--", heading, TerminalText.escape(body)],
            environment: environment)
        if !isShown { context.output.warn("The screen cannot be reached; it is tried again.") }
        return isShown
    }
}
