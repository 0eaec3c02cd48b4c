import ArgumentParser
import Replica

struct DoctorCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check this copy: signatures, chains, tables, the file",
        discussion: """
            With --rebuild the tables are made anew from the log; nothing that was written is lost \
            by it.
            """)

    @Flag(help: "Make the tables anew from the log, then check again")
    var rebuild = false

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let report = try await context.output.withProgress("Checking") { bar in
            try examine(context) { bar.update(Int64($0), of: nil) }
        }
        try context.output.write(
            json: [
                "ok": .bool(report.faults.isEmpty),
                "faults": .array(
                    report.faults.map {
                        [
                            "kind": .string($0.kind.rawValue), "subject": .string($0.subject),
                            "message": .string($0.sentence),
                        ]
                    }),
                "batches": JSONValue(report.batchCount), "changes": JSONValue(report.changeCount),
                "scopesWithoutHistory": JSONValue(report.scopesWithoutHistory),
                "rebuilt": .bool(rebuild),
            ],
            text: text(report))
        if !report.faults.isEmpty { throw ExitCode(CommandFailure.Kind.refused.exitCode) }
    }

    private func examine(
        _ context: CommandContext, progress: @Sendable (Int) -> Void
    ) throws -> DoctorReport {
        do {
            let replica = try context.replica
            if rebuild { try replica.rebuild() }
            return try replica.examine(progress: progress)
        } catch let error as ReplicaError where [.damaged, .badKey].contains(error.reason) {
            // What cannot even be opened is a finding, not a failure of this command.
            var report = DoctorReport()
            report.note(error.reason == .badKey ? .key : .file, error.subject)
            return report
        }
    }

    /// What helps where the log itself is damaged.
    private static let advice = """
        Run waymark sync, if it can; it sends what was written here. Save what can be read
        with waymark export --to DIR. Then restore the folder from a backup, or move it away
        and join again as a new device: ask for a token by waymark device add on another
        laptop of yours, or ask an admin. What the hub has comes back with the first sync.
        """

    private static let historyNotice = """
        Older changes are still being fetched, with every waymark sync; until they are here, some \
        tables were checked against what the hub has signed of them, not against the changes.
        """

    private func text(_ report: DoctorReport) -> TerminalText {
        guard !report.faults.isEmpty else {
            var text: TerminalText = """
                \("All is well.", .success) Checked \(report.changeCount) changes \
                in \(report.batchCount) batches.
                """
            if report.scopesWithoutHistory > 0 { text.append("\n\(Self.historyNotice)") }
            return text
        }
        var text = TerminalText()
        for fault in report.faults {
            text.append("\("Fault:", .error) \(fault.sentence)")
            text.append(fault.subject.isEmpty ? "\n" : " (\(fault.subject))\n")
        }
        if report.faults.contains(where: { $0.kind.isMendedByRebuilding }), !rebuild {
            text.append("\("Hint:", .emphasis) Try waymark doctor --rebuild, then waymark sync.\n")
        }
        if report.faults.contains(where: { !$0.kind.isMendedByRebuilding }) {
            text.append("\("Hint:", .emphasis) \(lines: Self.advice)\n")
        }
        return text
    }
}
