import Foundation
import Model
import Wire

/// What is measured of one trace.
struct TextReport: Encodable {
    let trace: String
    let events: Int
    let applyMs: Double
    let mergeMs: Double
    let loadMs: Double
    /// Text and full history as they are stored.
    let encodedBytes: Int
    /// Of these, the history alone.
    let historyBytes: Int
    let finalBytes: Int
    /// The most the process has held since the trace was read, the trace's edits included.
    let peakMemoryMiB: Double
    let matches: Bool
    let saves: SavesReport?

    init(
        work: TextTrace.Work, name: String, runs: Int, shuffle: UInt64?, saves: Int?
    ) throws {
        self.trace = name
        let writer = DeviceID(rawValue: 1)
        ProcessUsage.resetPeak()
        var document = TextDocument()
        applyMs = Stopwatch.median(of: runs) {
            document = TextDocument()
            for edit in work.edits { document.merge([edit]) }
            for splice in work.splices { document.apply(splice, by: writer) }
        }
        let end = work.endContent
        let text = document.text
        events = document.history.eventCount
        finalBytes = text.utf8.count
        let history = TextArchive.bytes(of: document.history, text: text)
        let storedText = TextArchive.bytes(ofText: text)
        historyBytes = history.count
        encodedBytes = history.count + storedText.count
        var merged = TextDocument()
        mergeMs = try Stopwatch.median(of: runs) {
            let beside = try TextArchive.text(storedText)
            merged = try TextDocument(replaying: TextArchive.history(history, text: beside))
        }
        var loaded = ""
        loadMs = try Stopwatch.median(of: 4 * runs) {
            loaded = try TextArchive.text(storedText)
        }
        peakMemoryMiB = ProcessUsage(of: ProcessUsage.own).peakMiB
        var isRight = [text, merged.text, loaded].allSatisfy { $0.utf8.elementsEqual(end.utf8) }
        if let shuffle {
            var delivery = TextDelivery(seed: shuffle)
            isRight = try delivery.arrivesWell(document) && isRight
        }
        matches = isRight
        self.saves = saves.map { SavesReport(work: work, count: $0) }
    }

    func line() throws -> String { try ReportLine.text(of: self) }
}

/// What is checked of a file of event graphs.
struct GraphReport: Encodable {
    let trace: String
    let graphs: Int
    let events: Int
    let mergeMs: Double
    let matches: Bool

    init(graphs: [EventGraph], name: String, shuffle: UInt64?) throws {
        trace = name
        self.graphs = graphs.count
        var (events, milliseconds, isRight) = (0, 0.0, true)
        for (index, graph) in graphs.enumerated() {
            let edits = try graph.edits()
            var document = TextDocument()
            milliseconds += Stopwatch.median(of: 1) { document.merge(edits) }
            events += document.history.eventCount
            var matches = document.text.utf8.elementsEqual(graph.endContent.utf8)
            if let shuffle {
                var delivery = TextDelivery(seed: shuffle &+ UInt64(index))
                matches = try delivery.arrivesWell(document) && matches
            }
            isRight = isRight && matches
        }
        self.events = events
        mergeMs = (milliseconds * 1000).rounded() / 1000
        matches = isRight
    }

    func line() throws -> String { try ReportLine.text(of: self) }
}

enum ReportLine {
    static func text(of report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
