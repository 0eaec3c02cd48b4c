import Foundation
import Wire

/// What a hub counts as text that Prometheus reads (exposition format 0.0.4).
struct MetricsPage: Equatable, Sendable {
    private(set) var text = ""

    /// What is read at the moment of asking.
    struct Levels: Sendable {
        var waitingRequests = 0
        var databaseBytes = 0
        var logBytes = 0
        var listeners = 0
        /// News that listeners were sent since the start.
        var news = 0
    }

    init(_ counts: HubMetrics.Counts, _ levels: Levels) {
        let tally = counts.tally
        add("waymark_syncs_total", "Sync requests that were answered.", counts.sync.count)
        add("waymark_sync_seconds", "From a sync request's arrival to its answer.", counts.sync)
        add(
            "waymark_batches_total", "Batches that devices sent, by what became of them.",
            .counter, label: ["outcome"],
            Self.outcomes.map { ([$0.word], Double(tally.batches[$0.outcome] ?? 0)) })
        add("waymark_changes_total", "Changes of members that were admitted.", tally.changes)
        add("waymark_verdicts_total", "Verdicts on bookings.", tally.verdicts)
        add("waymark_news_total", "Events that listeners were sent.", levels.news)
        add(
            "waymark_refusals_total", "What was refused, by its stable word.", .counter,
            label: ["subject", "code"],
            tally.refusals.map { ([$0.key.subject.rawValue, $0.key.code], Double($0.value)) }
                .sorted { $0.0.lexicographicallyPrecedes($1.0) })
        add(
            "waymark_fsync_seconds",
            "From a transaction's last statement until it is on the disk.", counts.commit)
        add(
            "waymark_transaction_requests", "Requests that shared one transaction.", counts.group)
        for (name, help, value) in [
            ("waymark_queue_requests", "Requests that wait to be written.", levels.waitingRequests),
            ("waymark_database_bytes", "Size of the database file.", levels.databaseBytes),
            ("waymark_wal_bytes", "Size of the write-ahead log.", levels.logBytes),
            ("waymark_listeners", "Devices that listen for news.", levels.listeners),
        ] {
            add(name, help, .gauge, [([], Double(value))])
        }
    }

    private static let outcomes: [(outcome: SyncAnswer.Receipt.Outcome, word: String)] = [
        (.admitted, "admitted"), (.known, "known"), (.waiting, "waiting"), (.refused, "refused"),
    ]

    private enum Kind: String { case counter, gauge, histogram }

    private mutating func add(_ name: String, _ help: String, _ count: Int) {
        add(name, help, .counter, [([], Double(count))])
    }

    private mutating func add(
        _ name: String, _ help: String, _ kind: Kind, label: [String] = [],
        _ samples: [(labels: [String], value: Double)]
    ) {
        begin(name, help, kind)
        for sample in samples {
            line(name, Array(zip(label, sample.labels)), Self.text(sample.value))
        }
    }

    private mutating func add(_ name: String, _ help: String, _ histogram: Histogram) {
        begin(name, help, .histogram)
        let bounds = histogram.bounds.map(Self.text) + ["+Inf"]
        for (bound, count) in zip(bounds, histogram.cumulativeCounts) {
            line("\(name)_bucket", [("le", bound)], "\(count)")
        }
        line("\(name)_sum", [], "\(histogram.sum)")
        line("\(name)_count", [], "\(histogram.count)")
    }

    private mutating func begin(_ name: String, _ help: String, _ kind: Kind) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// All labels are words of this program, so nothing in them needs a mark.
    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        let pairs = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
        text += pairs.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs)} \(value)\n"
    }

    /// Whole numbers without a point.
    private static func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
