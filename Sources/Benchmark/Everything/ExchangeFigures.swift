import Foundation
import Model
import Replica

/// What a sync costs with the real programs: nothing to do, one change, 10,000 new tasks, and the
/// purge of them.
struct ExchangeFigures {
    let programs: RealProgramme.ProgramFiles
    let folder: String
    let records: Int
    let runs: Int

    func run() throws -> [Figure] {
        let programme = try RealProgramme(programs, in: folder)
        defer { programme.remove() }
        try programme.waymark("ben", "sync")
        return try many(programme) + nothing(programme) + one(programme) + purge(programme)
    }

    private func many(_ programme: RealProgramme) throws -> [Figure] {
        let ben = try Replica.open(at: programme.home("ben"))
        let carla = try Replica.open(at: programme.home("carla")).identity.member
        try BulkWork.addTasks(records, for: carla, in: ben)
        let sent = try programme.sync("ben")
        let got = try programme.sync("carla")
        let name = "\(records) new tasks"
        return [
            Figure(
                "\(name): first device sends", sent.run.milliseconds, .milliseconds,
                goal: .atMost(500)),
            Figure(
                "\(name): second device gets", got.run.milliseconds, .milliseconds,
                goal: .atMost(500)),
            Figure("\(name): bytes sent", Double(sent.report.bytesSent), .bytes),
            Figure("\(name): bytes got", Double(got.report.bytesReceived), .bytes),
            Figure("\(name): sender's peak memory", sent.run.peakMiB, .mebibytes),
            Figure("\(name): receiver's peak memory", got.run.peakMiB, .mebibytes),
            Figure("\(name): hub's peak memory", programme.hub.usage.peakMiB, .mebibytes),
        ]
    }

    private func nothing(_ programme: RealProgramme) throws -> [Figure] {
        try programme.waymark("carla", "sync")
        let file = programme.home("carla") + "/replica.sqlite"
        let before = try Self.contents(file)
        let version = try MeasuredRun.median(of: runs * 3) { _ in
            try MeasuredRun.of(programs.waymark, ["--version"], in: folder)
        }
        var reports: [RealProgramme.SyncReport] = []
        let sync = try MeasuredRun.median(of: runs * 3) { _ in
            let result = try programme.sync("carla")
            reports.append(result.report)
            return result.run
        }
        let bytes = reports.map { $0.bytesSent + $0.bytesReceived }.max() ?? 0
        let name = "sync with nothing to do"
        return [
            Figure(
                "\(name): round trips", Double(reports.map(\.roundTrips).max() ?? 0), .count,
                goal: .atMost(1)),
            Figure("\(name): bodies", Double(bytes), .bytes, goal: .atMost(600)),
            Figure(
                "\(name): files written", try Self.contents(file) == before ? 0 : 1, .count,
                goal: .atMost(0)),
            Figure(
                "\(name): whole process, beside waymark --version", sync.milliseconds,
                .milliseconds, beside: version.milliseconds),
        ]
    }

    /// The replica's file and its log.
    private static func contents(_ file: String) throws -> [Data] {
        try ["", "-wal"].map { suffix in
            let path = file + suffix
            guard FileManager.default.fileExists(atPath: path) else { return Data() }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }
    }

    private func one(_ programme: RealProgramme) throws -> [Figure] {
        var sent: [RealProgramme.SyncReport] = []
        var got: [RealProgramme.SyncReport] = []
        var getting: [MeasuredRun] = []
        let sending = try MeasuredRun.median(of: runs) { index in
            try programme.waymark("ben", "task", "add", "Read \(index)", "--for", "carla")
            let result = try programme.sync("ben")
            sent.append(result.report)
            let other = try programme.sync("carla")
            got.append(other.report)
            getting.append(other.run)
            return result.run
        }
        let second = getting.map(\.milliseconds).sorted()[getting.count / 2]
        func bytes(_ reports: [RealProgramme.SyncReport]) -> Double {
            Double(reports.map { $0.bytesSent + $0.bytesReceived }.max() ?? 0)
        }
        let name = "sync after one new task"
        return [
            Figure("\(name): sending", sending.milliseconds, .milliseconds),
            Figure("\(name): sending, bodies", bytes(sent), .bytes),
            Figure("\(name): getting", second, .milliseconds),
            Figure("\(name): getting, bodies", bytes(got), .bytes),
        ]
    }

    private struct Mentorship: Decodable { let id: String }

    private func purge(_ programme: RealProgramme) throws -> [Figure] {
        try programme.waymark("ada", "sync")
        let list = try programme.waymark("ada", "mentorship", "list")
        let ids = try JSONDecoder().decode([Mentorship].self, from: Data(list.output.utf8))
        for mentorship in ids { try programme.waymark("ada", "mentorship", "end", mentorship.id) }
        try programme.waymark("ada", "sync")
        let purged = try programme.sync("ben")
        let left = try Replica.open(at: programme.home("ben")).read {
            try $0.records(of: Schema.task, limit: 1).count
        }
        guard left == 0 else {
            throw MeasuredRun.Failed(description: "The records are still there.")
        }
        return [
            Figure("purge of \(records) records", purged.run.milliseconds, .milliseconds),
            Figure("purge of \(records) records: peak memory", purged.run.peakMiB, .mebibytes),
        ]
    }
}
