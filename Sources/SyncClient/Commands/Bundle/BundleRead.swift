import ArgumentParser
import Model
import Replica
import Wire

struct BundleRead: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Take in what a bundle brings, or carry it on",
        discussion: """
            What is for this laptop is merged; what is for the hub goes there with your next sync; \
            what is for others waits until you write a bundle for them. Reading a bundle again \
            changes nothing. Of a file that was cut short, what is whole is used.
            """)

    @Argument(help: "The file")
    var file: String

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let replica = try context.replica
        let bytes = try BundleFile.read(file)
        let report: BundleReport
        do {
            report = try await context.output.withProgress("Reading") { bar in
                try await replica.readBundle(bytes) { bar.update(Int64($0), of: Int64($1)) }
            }
        } catch let error as WireError {
            throw BundleFile.failure(error, file)
        }
        guard report.usable > 0 || !report.isCut else {
            throw CommandFailure(
                .badData, code: "bundleDamaged",
                "\(InputFailure.quoted(file)) was cut short or damaged before anything usable.",
                hint: "Copy the file again, or ask for a new one; its writer has everything still.")
        }
        let now = context.presentMilliseconds
        let summary = try replica.read { try SyncSummary(report.sync, reader: $0, now: now) }
        try context.output.write(
            json: json(report, summary, byteCount: bytes.count),
            text: text(report, summary))
        warn(report, summary, context)
        if let refusal = report.refusal { throw failure(refusal, replica) }
    }

    /// The hub's answer to what this laptop has sent by courier; `status` goes on saying so.
    private func failure(_ refusal: String, _ replica: Replica) -> CommandFailure {
        let standing = HubStanding.note(code: refusal, of: replica)
        return CommandFailure(
            .notAllowed, code: refusal,
            standing?.sentence.plain ?? "The hub takes nothing from this device: \(refusal).",
            hint: standing?.isAboutInvitation ?? false
                ? HubStanding.invitationHint : "Ask an admin; what was written here is kept.")
    }

    private func json(
        _ report: BundleReport, _ summary: SyncSummary, byteCount: Int
    ) -> JSONValue {
        summary.news.adding([
            "batches": JSONValue(report.batches + report.sync.pulledBatches),
            "changes": JSONValue(report.changes + report.sync.pulledChanges),
            "bytes": JSONValue(byteCount), "carried": JSONValue(report.carried),
            "acknowledged": JSONValue(report.acknowledged),
            "notifications": JSONValue(report.news + report.sync.news),
            "leftOut": JSONValue(report.leftOut), "cut": .bool(report.isCut),
            "needsSync": .bool(report.needsSync),
        ])
    }

    private func text(_ report: BundleReport, _ summary: SyncSummary) -> TerminalText {
        let changes = report.changes + report.sync.pulledChanges
        var text = TerminalText()
        if changes > 0 { text.append("Received \(SyncSummary.counted(changes, "change")).\n") }
        if report.acknowledged > 0 {
            text.append(
                """
                The hub has \(SyncSummary.counted(report.acknowledged, "batch", "batches")) of \
                this laptop.\n
                """)
        }
        if report.carried > 0 {
            text.append(
                """
                Took \(SyncSummary.counted(report.carried, "parcel")) along: for the hub with the \
                next waymark sync, for others with waymark bundle write --for WHO.\n
                """)
        }
        text.append(summary.verdictLines)
        text.append(SyncSummary.newsLine(report.news + report.sync.news))
        let isQuiet = changes == 0 && report.acknowledged == 0 && report.carried == 0
        return isQuiet ? "Nothing new.\n" : text
    }

    private func warn(
        _ report: BundleReport, _ summary: SyncSummary, _ context: CommandContext
    ) {
        let output = context.output
        if report.isCut {
            output.warn(
                """
                The file was cut short or is damaged; what precedes that place was used. Copy it \
                again, or ask for a new one; its writer has everything still.
                """)
        }
        if report.leftOut > 0 {
            output.warn(
                """
                \(SyncSummary.counted(report.leftOut, "batch", "batches")) cannot be judged here \
                or may not be written by their authors; a sync brings what counts.
                """)
        }
        if report.isForked {
            output.warn(ForkNotice.sentence)
        } else if report.needsSync, !report.isCut {
            output.warn("More is to come; write a bundle for the hub again, or run waymark sync.")
        }
        summary.warn(output)
    }
}
