import ArgumentParser
import Foundation

/// Replays recorded editing of texts.
struct TextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text",
        abstract: "Replay editing traces and print one JSON object for each file",
        discussion: """
            Traces are those of the editing-traces collection, sequential or concurrent. Times are \
            medians in milliseconds. applyMs: every edit by itself; mergeMs: the whole stored \
            history, decoding included, into an empty document; loadMs: from the stored form to \
            the text. encodedBytes is the stored form, text and full history.
            """)

    @Argument(help: "Traces, as JSON or as JSON in gzip", completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "Event graphs: {txns: [{span, parents, agent, seqStart, ops}], endContent}",
            valueName: "file"))
    var graph: [String] = []

    @Option(
        help: ArgumentHelp(
            "Deliver the events in a random causal order as well, in batches with duplicates",
            valueName: "seed"))
    var shuffle: UInt64?

    @Option(
        help: ArgumentHelp(
            "Save the text as a whole file at so many points as well", valueName: "count"))
    var saves: Int?

    @Option(help: "How often to measure")
    var runs = 7

    func validate() throws {
        guard !files.isEmpty || !graph.isEmpty else {
            throw ValidationError("Name at least one file.")
        }
        guard runs > 0 else { throw ValidationError("Measure at least once.") }
        guard saves ?? 1 > 0 else { throw ValidationError("Save at least once.") }
    }

    func run() throws {
        var isAllWell = true
        for file in files {
            let report = try TextReport(
                work: TextTrace.work(of: file), name: name(of: file), runs: runs, shuffle: shuffle,
                saves: saves)
            print(try report.line())
            isAllWell = isAllWell && report.matches
        }
        for file in graph {
            let report = try GraphReport(
                graphs: EventGraph.read(file), name: name(of: file), shuffle: shuffle)
            print(try report.line())
            isAllWell = isAllWell && report.matches
        }
        if !isAllWell { throw ExitCode.failure }
    }

    private func name(of file: String) -> String {
        let name = URL(fileURLWithPath: file).lastPathComponent
        return name.replacing(/(\.json)?(\.gz)?$/, with: "")
    }
}
