import Foundation
import Testing

/// Homes and hubs that two programs make at once, or that one begins and does not end.
@Suite(.serialized, .timeLimit(.minutes(15))) struct MakingTests {
    private let scratch: Scratch
    private let token: String

    /// A hub that nobody serves: whoever joins waits for it.
    init() async throws {
        scratch = try Scratch()
        let made = try await Programme.administer(
            "init", "--data", scratch.path("hub"), "--name", "Riverside", "--admin-email",
            "ada@example.org", "--url", "https://127.0.0.1:9")
        token = made["invitation"]["token"].string
    }

    private func all(_ runs: [Running]) async throws -> [Run] {
        var ended: [Run] = []
        for run in runs { ended.append(try await run.finished()) }
        return ended
    }

    @Test(arguments: 1...6) func joinsAtOnceLeaveOneMember(round: Int) async throws {
        let laptop = Laptop(home: scratch.path("ada"))
        let runs = try await all(
            (0..<3).map { _ in try laptop.start("join", token, "--name", "Ada") })
        #expect(runs.contains { $0.status == 0 }, "\(runs.map(\.errors))")
        for run in runs where run.status != 0 {
            #expect(run.errors.contains("under way"), "\(run.errors)")
        }
        #expect(try await laptop("whoami")["member"]["name"] == "Ada")
        #expect(try await laptop("doctor")["ok"] == true)
        let names = try FileManager.default.contentsOfDirectory(atPath: laptop.home)
        #expect(!names.contains { $0.contains(".new") || $0 == "join.lock" }, "\(names)")
    }

    @Test(arguments: 1...6) func hubsMadeAtOnceAreOne(round: Int) async throws {
        let folder = scratch.path("other")
        let words = [
            "init", "--data", folder, "--name", "Riverside", "--admin-email", "ada@example.org",
            "--json",
        ]
        let runs = try await all((0..<3).map { _ in try Running(Programs.hub, words) })
        #expect(runs.filter { $0.status == 0 }.count == 1, "\(runs.map(\.errors))")
        for run in runs where run.status != 0 {
            let code = try Document(reading: run.output)["error"]["code"].string
            #expect(["alreadyExists", "inUse"].contains(code), "\(run.errors)")
        }
        #expect(try await Programme.administer("verify", "--data", folder)["ok"] == true)
    }

    /// The same command again completes what was begun, the name included.
    @Test func joinThatWasKilledIsDoneAgain() async throws {
        for number in 0..<12 {
            let laptop = Laptop(home: scratch.path("ada\(number)"))
            let join = try laptop.start("join", token, "--name", "Ada")
            try await Task.sleep(for: .milliseconds(10 * number))
            join.signal(SIGKILL)
            _ = try await join.finished()
            let again = try await laptop.run(["join", token, "--name", "Ada"])
            #expect(again.status == 0, "\(again.errors)")
            #expect(try await laptop("whoami")["member"]["name"] == "Ada")
            #expect(try await laptop("doctor")["ok"] == true)
        }
    }

    @Test func restoreThatWasKilledIsDoneAgain() async throws {
        let backup = scratch.path("backup")
        try await Programme.administer("backup", "--data", scratch.path("hub"), "--to", backup)
        for number in 0..<8 {
            let folder = scratch.path("restored\(number)")
            let words = ["restore", "--from", backup, "--data", folder]
            let restore = try Running(Programs.hub, words)
            try await Task.sleep(for: .milliseconds(8 * number))
            restore.signal(SIGKILL)
            let first = try await restore.finished()
            let again = try await Run.of(Programs.hub, words)
            let isThere = first.status == 0 || again.errors.contains("already")
            #expect(again.status == 0 || isThere, "\(again.errors)")
            #expect(try await Programme.administer("verify", "--data", folder)["ok"] == true)
            if again.status == 0 {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(!names.contains { $0.contains(".new") }, "\(names)")
            }
        }
    }

    /// One bit in a name: the file is a sound database still, and may be the only one left.
    @Test func backupWithAFaultIsRestoredAndTold() async throws {
        let backup = scratch.path("backup")
        let hub = scratch.path("hub")
        try await Programme.administer("backup", "--data", hub, "--to", backup)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
        let name = try #require(bytes.range(of: Data("ada@example.org".utf8)))
        bytes[name.lowerBound] ^= 2
        try bytes.write(to: URL(fileURLWithPath: backup))
        let folder = scratch.path("restored")
        let run = try await Run.of(
            Programs.hub, ["restore", "--from", backup, "--data", folder, "--json"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("Warning: this backup has a fault."), "\(run.errors)")
        #expect(run.errors.contains("If you have another one"), "\(run.errors)")
        #expect(try Document(reading: run.output)["faults"].items.count == 1)
        let verify = try await Run.of(Programs.hub, ["verify", "--data", folder])
        #expect(verify.status == 1)
        #expect(verify.errors.contains("waymark-hub restore"), "\(verify.errors)")
    }

    @Test func hubMadeWithAKeyThatWasThereSaysSo() async throws {
        let folder = scratch.path("anew")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: scratch.path("hub") + "/hub.key", toPath: folder + "/hub.key")
        let words = [
            "init", "--data", folder, "--name", "Riverside", "--admin-email", "ada@example.org",
        ]
        let made = try await Run.of(Programs.hub, words)
        #expect(made.status == 0)
        #expect(made.output.contains("It uses the key that was there"), "\(made.output)")
        let recovery = try await Run.of(Programs.hub, ["recovery", "--data", folder])
        #expect(recovery.output.contains("It began anew"), "\(recovery.output)")
    }
}
