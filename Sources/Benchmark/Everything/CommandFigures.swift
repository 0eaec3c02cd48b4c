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
        let few = try await Home(tasks: Self.small)
        defer { few.workplace.remove() }
        let most = try await Home(tasks: recordsMax)
        var figures = [try write(Self.small, few), try write(recordsMax, most)]
        most.workplace.remove()
        let many = try await Home(
            tasks: listed * 9 / 10, entries: listed / 10, bodies: bodies)
        defer { many.workplace.remove() }
        figures += try reading(many, few)
        return figures
    }

    /// A home with so many records that a hub has. It has a programme of its own, whose hub passes
    /// everything on to everybody.
    private struct Home {
        let workplace = Workplace()
        let path: String

        init(tasks: Int, entries: Int = 0, bodies: [String] = []) async throws {
            let replica = try await workplace.join("home", as: .participant)
            try BulkWork.addTasks(tasks, for: replica.identity.member, in: replica)
            try BulkWork.addEntries(entries, of: bodies.map { String($0.prefix(300)) }, in: replica)
            try await workplace.sync(replica)
            path = replica.home
        }
    }

    private func waymark(
        _ words: [String], _ home: Home, runs: Int
    ) throws -> (median: MeasuredRun, spread: [Double]) {
        let all = try (0..<runs).map { _ in
            try MeasuredRun.of(
                waymark, words == ["--version"] ? words : words + ["--home", home.path],
                in: home.workplace.folder)
        }.sorted { $0.milliseconds < $1.milliseconds }
        return (all[all.count / 2], [all[0].milliseconds, all[all.count - 1].milliseconds])
    }

    private func write(_ records: Int, _ home: Home) throws -> Figure {
        let count = max(5, runs * 7)
        let command = try waymark(["task", "add", "Read"], home, runs: count)
        let plain = try MeasuredRun.median(of: count) { _ in
            try MeasuredRun.of(
                Programs.own, ["insert", "\(home.workplace.folder)/insert.sqlite"],
                in: home.workplace.folder)
        }
        var figure = Figure(
            "task add, whole process, with \(records) records", command.median.milliseconds,
            .milliseconds, beside: plain.milliseconds, goal: .atMost(20), isGoalOfRatio: false)
        figure.spread = command.spread
        return figure
    }

    private func reading(_ many: Home, _ few: Home) throws -> [Figure] {
        let count = max(5, runs * 3)
        let cases: [(name: String, words: [String], home: Home)] = [
            ("waymark --version", ["--version"], few),
            ("status, with \(Self.small) records", ["status"], few),
            ("status, with \(listed) records", ["status"], many),
            ("task list, with \(listed) records", ["task", "list"], many),
            (
                "task list --limit 20, with \(listed) records",
                ["task", "list", "--limit", "20"], many
            ),
            (
                "journal search, with \(listed) records",
                ["journal", "search", "office", "--limit", "20"], many
            ),
        ]
        return try cases.flatMap { item in
            let result = try waymark(item.words, item.home, runs: count)
            var time = Figure(item.name, result.median.milliseconds, .milliseconds)
            time.spread = result.spread
            return [time, Figure("\(item.name): peak memory", result.median.peakMiB, .mebibytes)]
        }
    }
}
