import Foundation

/// Puts the timer of reminders into the system, and takes it out.
struct ReminderInstallation {
    private let context: CommandContext
    private let timer: ReminderTimer
    /// Nil where there is no systemd for users.
    private let systemctl: SystemProgram?
    private let folder: String?

    init(_ context: CommandContext) throws {
        let environment = context.surroundings.environment
        let standard = try? HomeFolder.path(
            nil, environment: environment.filter { $0.key != "WAYMARK_HOME" })
        self.context = context
        timer = ReminderTimer(
            program: Bundle.main.executablePath ?? "waymark", home: context.home,
            isDefaultHome: context.home == standard)
        systemctl = SystemProgram("systemctl", environment: environment)
        folder = ReminderTimer.unitFolder(environment: environment)
    }

    func install() throws {
        let isInstalled = try writeUnits()
        let line = timer.cronLine(userID: getuid())
        let text: TerminalText =
            isInstalled
            ? "The system asks for reminders from now on, as \(timer.name).timer"
            : """
            There is no systemd for users here. Add this line with crontab -e:

            \(line)
            """
        try context.output.write(
            json: [
                "installed": .bool(isInstalled),
                "timer": isInstalled ? .string("\(timer.name).timer") : .null,
                "cronLine": isInstalled ? .null : .string(line),
            ], text: text)
    }

    func uninstall() throws {
        let isThere = removeUnits()
        try context.output.write(
            json: ["installed": false, "removed": .bool(isThere)],
            text: isThere
                ? "The system asks for reminders no longer."
                : """
                There is no timer of Waymark for this home; a line of crontab is taken out with \
                crontab -e.
                """)
    }

    /// Returns whether systemd has taken the units.
    private func writeUnits() throws -> Bool {
        guard let folder, let systemctl else { return false }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            for (name, text) in units {
                try Data(text.utf8).write(
                    to: URL(fileURLWithPath: "\(folder)/\(name)"), options: .atomic)
            }
        } catch {
            throw CommandFailure(
                .refused, code: "readOnly", "The folder cannot be written: \(folder)",
                hint: "Check who owns it.")
        }
        let isTaken =
            run(systemctl, ["daemon-reload"])
            && run(systemctl, ["enable", "--now", "\(timer.name).timer"])
        if !isTaken { _ = removeUnits() }
        return isTaken
    }

    /// Returns whether there was one.
    private func removeUnits() -> Bool {
        guard let folder else { return false }
        let paths = units.map { "\(folder)/\($0.name)" }
        guard paths.contains(where: FileManager.default.fileExists) else { return false }
        if let systemctl { _ = run(systemctl, ["disable", "--now", "\(timer.name).timer"]) }
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
        if let systemctl { _ = run(systemctl, ["daemon-reload"]) }
        return true
    }

    private var units: [(name: String, text: String)] {
        [("\(timer.name).service", timer.service), ("\(timer.name).timer", timer.timer)]
    }

    private func run(_ systemctl: SystemProgram, _ arguments: [String]) -> Bool {
        systemctl.run(["--user"] + arguments, environment: context.surroundings.environment)
    }
}
