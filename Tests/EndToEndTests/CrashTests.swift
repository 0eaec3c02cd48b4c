import Foundation
import TestSupport
import Testing

/// How many rounds, and which: from the environment.
private enum CrashSettings {
    static let rounds = number("CRASH_ROUNDS", else: 8)
    static let seed = number("CRASH_SEED", else: 1)

    private static func number(_ name: String, else standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }
}

/// Laptops work and sync all at once while one program after the other, hub or client, is ended
/// without warning at any moment. What a command said it saved is there, what was acknowledged is
/// at the hub, nothing is there twice, and every file is in order.
///
/// A few rounds here; `make crash ROUNDS=500` plays many, from the seed CRASH_SEED.
@Suite(.serialized, .timeLimit(.minutes(15 + CrashSettings.rounds / 2))) struct CrashTests {
    /// After so many rounds everything is looked at.
    private static let roundsOfBlock = 25

    @Test func programsEndedAtAnyMomentKeepWhatTheySaved() async throws {
        var seed = Seed(UInt64(CrashSettings.seed))
        var programme = try await Programme.start()
        let people = try await programme.people()
        var workers = [people.ben, people.carla, people.david].map { CrashWorker($0) }
        var tally = Tally()
        for round in 1...CrashSettings.rounds {
            let victim = seed.below(4)
            let moments = workers.indices.map { index in
                (0..<2).map { _ in index + 1 == victim ? seed.below(600) : nil }
            }
            let hub = programme.hub
            let end = victim == 0 ? seed.below(900) : nil
            workers = try await withThrowingTaskGroup(of: (Int, CrashWorker).self) { group in
                for (index, worker) in workers.enumerated() {
                    group.addTask {
                        var worker = worker
                        try await worker.work(round: round, endedAfter: moments[index])
                        return (index, worker)
                    }
                }
                if let end {
                    try await Self.pass(milliseconds: end)
                    try await hub.kill()
                }
                return try await group.reduce(into: workers) { $0[$1.0] = $1.1 }
            }
            if end != nil {
                tally.hub += 1
                programme.hub = try await ServedHub.start(
                    programme.hubFolder, listen: hub.address)
            }
            guard round % Self.roundsOfBlock == 0 || round == CrashSettings.rounds else { continue }
            try await expectAccount(of: workers, seenBy: people.amina)
            try await programme.expectVerified()
            for laptop in people.all { #expect(try await laptop("doctor")["ok"] == true) }
        }
        tally.clients = workers.map(\.endedCount).reduce(0, +)

        for worker in workers { try await worker.laptop("sync") }
        for laptop in people.all {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        let titles = try await Self.titles(people.amina)
        let said = Set(workers.flatMap(\.said))
        let tried = Set(workers.flatMap(\.tried))
        #expect(Set(titles).count == titles.count, "Something is there twice.")
        #expect(said.isSubset(of: titles), "\(said.subtracting(titles))")
        #expect(tried.isSuperset(of: titles))
        try await programme.expectVerified()
        try await programme.stop()
        tally.said = said.count
        tally.tried = tried.count
        tally.acknowledged = workers.map(\.acknowledged.count).reduce(0, +)
        tally.unreachable = workers.map(\.unreachable).reduce(0, +)
        print(tally.line(rounds: CrashSettings.rounds))
    }

    /// Before those send anything again: an admin reads what was acknowledged from the hub.
    private func expectAccount(of workers: [CrashWorker], seenBy admin: Laptop) async throws {
        try await admin("sync")
        let stored = Set(try await Self.titles(admin))
        for worker in workers {
            let missing = worker.acknowledged.subtracting(stored)
            #expect(missing.isEmpty, "acknowledged and not at the hub: \(missing)")
            let own = Set(try await Self.titles(worker.laptop))
            let lost = worker.said.subtracting(own)
            #expect(lost.isEmpty, "saved and not on the laptop: \(lost)")
        }
    }

    private static func titles(_ laptop: Laptop) async throws -> [String] {
        try await laptop("task", "list", "--all").items.map(\.["title"].string)
    }

    /// Lets a while pass. Nothing is expected of how long it takes; only where the end of a program
    /// falls depends on it.
    private static func pass(milliseconds: Int) async throws {
        _ = try await Run.of(
            URL(fileURLWithPath: "/bin/sleep"), ["\(Double(milliseconds) / 1000)"])
    }

    private struct Tally {
        var hub = 0
        var clients = 0
        var said = 0
        var tried = 0
        var acknowledged = 0
        var unreachable = 0

        func line(rounds: Int) -> String {
            "crash: \(rounds) rounds, hub ended \(hub) times, commands ended \(clients) times, "
                + "\(unreachable) syncs without a hub; \(tried) tasks tried, \(said) said to be "
                + "saved, \(acknowledged) acknowledged before the last sync"
        }
    }
}

/// A laptop that adds tasks and syncs, some commands of which are ended on their way.
struct CrashWorker: Sendable {
    let laptop: Laptop
    /// Titles of tasks of which a command said that they are saved.
    private(set) var said: Set<String> = []
    /// Of all commands, those that were ended included.
    private(set) var tried: Set<String> = []
    /// Those that were saved when a sync began which succeeded.
    private(set) var acknowledged: Set<String> = []
    private(set) var unreachable = 0
    private(set) var endedCount = 0

    init(_ laptop: Laptop) {
        self.laptop = laptop
    }

    /// Adds a task and syncs; each is ended after so many milliseconds if a number is given.
    mutating func work(round: Int, endedAfter moments: [Int?]) async throws {
        let name = URL(fileURLWithPath: laptop.home).lastPathComponent
        let title = "\(name) \(round)"
        let recipient = name == "Ben" ? ["--for", "David"] : []
        tried.insert(title)
        switch try await run(["task", "add", title] + recipient, endedAfter: moments[0]) {
        case 0: said.insert(title)
        case -SIGKILL: endedCount += 1
        case let status: Issue.record("task add ended with \(status)")
        }
        let sent = said
        switch try await run(["sync"], endedAfter: moments[1]) {
        case 0: acknowledged.formUnion(sent)
        case 69: unreachable += 1
        case -SIGKILL: endedCount += 1
        case let status: Issue.record("sync ended with \(status)")
        }
    }

    private func run(_ words: [String], endedAfter milliseconds: Int?) async throws -> Int32 {
        guard let milliseconds else { return try await laptop.run(words).status }
        let run = try await Run.of(
            URL(fileURLWithPath: "/usr/bin/timeout"),
            ["--signal=KILL", "\(Double(milliseconds + 1) / 1000)", Programs.waymark.path]
                + ["--home", laptop.home] + words)
        // timeout kills itself with the same signal.
        return run.status == 137 ? -SIGKILL : run.status
    }
}
