import ArgumentParser
import Model

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every signature, chain and rule and make every table anew from the log")

    @OptionGroup var options: HubOptions

    func run() throws {
        let report = try options.reading { try $0.verify() }
        let document = Document(
            ok: report.fault == nil, batches: report.batches, changes: report.changes,
            faults: report.fault.map { [$0] } ?? [])
        let text =
            report.fault.map { "Fault: \(TerminalSafe.escape($0))" }
            ?? "Checked \(report.batches) batches with \(report.changes) changes: all is well"
        try options.output.write(document, text: text)
        guard report.fault != nil else { return }
        options.output.note(Self.wayOut)
        throw ExitCode(1)
    }

    /// What to do about a fault, whatever it is: nothing here can be mended by hand.
    private static let wayOut = """
        Keep this folder as it is, stop the hub, and make one in another folder from the latest \
        backup: waymark-hub restore. Served there, it gets back from members' laptops what the backup \
        lacks.
        """

    private struct Document: Encodable {
        let ok: Bool
        let batches: Int
        let changes: Int
        let faults: [String]
    }
}
