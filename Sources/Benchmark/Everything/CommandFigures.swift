import Foundation
import Model
import Replica

/// What commands cost on a laptop, each a whole process, without a hub.
struct CommandFigures {
    let waymark: URL
    /// Records of the largest replica.
    let recordsMax: Int
    /// Records of the one that is listed and searched.
    let listed: Int
    let bodies: [String]
    let runs: Int

    private static let small = 100

    func run() async throws -> [Figure] {
        let workplace = Workplace()
        defer { workplace.remove() }
        var figures: [Figure] = []
        let few = try await replica(Self.small, entries: 0, "few", workplace)
        figures.append(try write(Self.small, few, workplace))
        let most = try await replica(recordsMax, entries: 0, "most", workplace)
        figures.append(try write(recordsMax, most, workplace))
        let many = try await replica(
            listed * 9 / 10, entries: listed / 10, "many", workplace)
        figures += try reading(many, few, workplace)
        return figures
    }

    /// A home with so many records that a hub has.
    private func replica(
        _ tasks: Int, entries: Int, _ name: String, _ workplace: Workplace
    ) async throws -> String {
        let replica = try await workplace.join(name, as: .participant)
        try BulkWork.addTasks(tasks, for: replica.identity.member, in: replica)
        try BulkWork.addEntries(entries, of: bodies.map { String($0.prefix(300)) }, in: replica)
        try await workplace.sync(replica)
        return replica.home
    }

    private func waymark(
        _ words: [String], _ home: String, _ workplace: Workplace, runs: Int
    ) throws -> (median: MeasuredRun, spread: [Double]) {
        let all = try (0..<runs).map { _ in
            try MeasuredRun.of(
                waymark, words == ["--version"] ? words : words + ["--home", home],
                in: workplace.folder)
        }.sorted { $0.milliseconds < $1.milliseconds }
        return (all[all.count / 2], [all[0].milliseconds, all[all.count - 1].milliseconds])
    }

    private func write(_ records: Int, _ home: String, _ workplace: Workplace) throws -> Figure {
        let count = max(5, runs * 7)
        let command = try waymark(["task", "add", "Read"], home, workplace, runs: count)
        let plain = try MeasuredRun.median(of: count) { _ in
            try MeasuredRun.of(
                Programs.own, ["insert", "\(workplace.folder)/insert.sqlite"],
                in: workplace.folder)
        }
        var figure = Figure(
            "task add, whole process, with \(records) records", command.median.milliseconds,
            .milliseconds, beside: plain.milliseconds, goal: .atMost(20), isGoalOfRatio: false)
        figure.spread = command.spread
        return figure
    }

    private func reading(
        _ many: String, _ few: String, _ workplace: Workplace
    ) throws -> [Figure] {
        let count = max(5, runs * 3)
        let cases: [(name: String, words: [String], home: String)] = [
            ("waymark --version", ["--version"], few),
            ("status, with \(Self.small) records", ["status"], few),
            ("status, with \(listed) records", ["status"], many),
            ("task list, with \(listed) records", ["task", "list"], many),
            (
                "journal search, with \(listed) records",
                ["journal", "search", "office", "--limit", "20"], many
            ),
        ]
        return try cases.flatMap { item in
            let result = try waymark(item.words, item.home, workplace, runs: count)
            var time = Figure(item.name, result.median.milliseconds, .milliseconds)
            time.spread = result.spread
            return [time, Figure("\(item.name): peak memory", result.median.peakMiB, .mebibytes)]
        }
    }
}
