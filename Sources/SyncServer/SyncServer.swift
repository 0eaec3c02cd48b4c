import ArgumentParser
import Foundation
import Model
import Wire

/// `waymark-hub`: the hub of one programme.
@main
struct SyncServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waymark-hub",
        abstract: "Run the hub of a mentoring programme",
        discussion: """
            The hub merges what members' laptops send, rules on bookings and passes on to each
            member what that member may see. All of it lies in one folder.
            """,
        version: "waymark-hub \(BuildVersion.text) (protocol \(WireFormat.protocolVersion))",
        subcommands: [
            InitCommand.self, ServeCommand.self, StatusCommand.self, BackupCommand.self,
            RestoreCommand.self, RecoveryCommand.self, VerifyCommand.self, MemberCommand.self,
            DeviceCommand.self, InviteCommand.self, BundleCommand.self, MailCommand.self,
        ])

    static func main() async {
        // The hub's files hold everybody's records: nobody but their owner reads them.
        umask(0o077)
        let isJSON = CommandLine.arguments.contains("--json")
        do {
            try CommandNames.check(Array(CommandLine.arguments.dropFirst()), in: Self.self)
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            // Help, version and wrong usage are ArgumentParser's own business.
            let code = exitCode(for: error)
            if code == .success { exit(withError: error) }
            if code == .validationFailure {
                guard isJSON else { exit(withError: error) }
                let failure = wrongUsage(message(for: error), help: fullMessage(for: error))
                HubOutput(isJSON: true).report(failure)
                Foundation.exit(failure.exitCode)
            }
            let failure = HubError(describing: error)
            HubOutput(isJSON: isJSON).report(failure)
            Foundation.exit(failure.exitCode)
        }
    }

    /// What the argument parser says of a wrong command line, with the usage as the hint.
    static func wrongUsage(_ message: String, help: String) -> HubError {
        let usage = help.split(separator: "\n").first { $0.lowercased().hasPrefix("usage:") }
        return HubError(
            .usage, message,
            hint: usage.map { "Usage:" + $0.dropFirst("usage:".count) }
                ?? "Add --help to see how the command is used.")
    }
}

/// The machine's clock, read here and nowhere else; everything below is told the time.
enum MachineClock {
    static var date: Date { Date() }
}

extension HubTime {
    /// What the machine's clock says.
    static var ofThisMachine: HubTime {
        HubTime(milliseconds: Int64(MachineClock.date.timeIntervalSince1970 * 1000))
    }
}

/// What `--version` names.
enum BuildVersion {
    static let text = "0.1.0"
}
