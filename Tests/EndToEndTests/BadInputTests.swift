import Foundation
import Testing

/// What cannot be done ends with the exit status of its family, one sentence and a hint, and
/// changes nothing.
@Suite(.serialized, .timeLimit(.minutes(15))) struct BadInputTests {
    /// A command that must fail.
    private struct Case {
        let words: [String]
        let status: Int32
        let code: String?

        init(_ words: String..., status: Int32, code: String? = nil) {
            self.init(words, status: status, code: code)
        }

        init(_ words: [String], status: Int32, code: String? = nil) {
            self.words = words
            self.status = status
            self.code = code
        }
    }

    /// Runs a command that must fail, once for people and once for scripts.
    private func expectFailure(_ failure: Case, on laptop: Laptop) async throws {
        let comment = Comment(rawValue: failure.words.joined(separator: " "))
        let plain = try await laptop.run(failure.words)
        #expect(plain.status == failure.status, comment)
        #expect(plain.output.isEmpty, comment)
        #expect(plain.errors.hasPrefix("Error: "), comment)
        let run = try await laptop.run(failure.words + ["--json"])
        #expect(run.status == failure.status, comment)
        let error = try Document(reading: run.output)["error"]
        #expect(error.keys.isSuperset(of: ["code", "message", "hint"]), comment)
        #expect(error["message"].string.count > 10, comment)
        if let code = failure.code { #expect(error["code"].string == code, comment) }
    }

    @Test func wrongWordsAndForbiddenActsChangeNothing() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let task = try await people.ben(
            "task", "add", "Read", "--for", "Carla", "--review")["id"].string
        let slot = try await people.ben("slot", "add", "tomorrow 10:00", "--duration", "30m")
        try await people.ben("sync")
        let carla = people.carla
        try await carla("sync")
        let before = try await carla("status")
        let missing = programme.scratch.path("missing.jsonl")
        let broken = programme.scratch.path("broken.jsonl")
        try Data("not json\n{\"date\": \"1660-13-40\", \"body\": \"x\"}\n".utf8)
            .write(to: URL(fileURLWithPath: broken))
        let cases = [
            Case("task", "show", "deadbeefdeadbeef", status: 1, code: "unknownID"),
            Case("task", "show", "abc", status: 64),
            Case("task", "show", "nonsense", status: 1, code: "unknownID"),
            Case("task", "add", status: 64),
            Case("task", "add", "x", "--due", "someday", status: 64),
            Case("task", "add", "x", "--colour", "red", status: 64),
            Case("task", "edit", task, status: 64, code: "nothingToChange"),
            Case("task", "edit", task, "--title", "Mine", status: 77),
            Case("task", "done", task, status: 1, code: "reviewRequired"),
            Case("dance", status: 64),
            Case("slot", "add", "tomorrow 10:00", "--duration", "45m", status: 77),
            Case("slot", "withdraw", slot["id"].string, status: 77),
            Case("booking", "request", task, status: 1),
            Case("booking", "show", "deadbeef", status: 1, code: "unknownID"),
            Case("feedback", "give", "deadbeef", "--rating", "6", status: 64),
            Case("invite", "mentor", "--email", "eve@example.org", status: 77),
            Case("invite", "participant", "--email", "nobody", status: 64),
            Case("mentorship", "assign", "Ben", "Carla", status: 77),
            Case("journal", "import", missing, status: 65),
            Case("journal", "import", broken, status: 65),
            Case("journal", "list", "--from", "yesteryear", status: 64),
            Case("member", "show", "Zoe", status: 1),
            Case("conflict", "show", "deadbeef", status: 1),
            Case("device", "revoke", "deadbeef", status: 1),
        ]
        for failure in cases { try await expectFailure(failure, on: carla) }
        try await expectFailure(
            Case("slot", "add", "tomorrow 10:02", "--duration", "45m", status: 64),
            on: people.ben)
        try await expectFailure(
            Case("slot", "add", "tomorrow 10:00", "--duration", "soon", status: 64),
            on: people.ben)
        try await expectFailure(
            Case("status", status: 1, code: "noReplica"), on: programme.laptop("nobody's"))

        let after = try await carla("status")
        #expect(after == before)
        #expect(try await carla("sync")["pushed"]["changes"] == 0)
        try await carla.expectLevel()
        try await programme.stop()
    }

    /// The good lines of an import go in, the bad ones are listed.
    @Test func brokenLinesDoNotKeepGoodOnesOut() async throws {
        let programme = try await Programme.start()
        let carla = try await programme.people().carla
        let path = programme.scratch.path("mixed.jsonl")
        let lines = [
            "{\"date\": \"1666-09-12\", \"body\": \"The fire.\", \"tags\": [\"london\"]}",
            "{\"date\": \"1666-09-13\", ", "{\"date\": \"soon\", \"body\": \"?\"}",
            "{\"date\": \"1666-09-14\", \"body\": \"Smoke.\"}",
        ]
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
        let report = try await carla("journal", "import", path)
        #expect(report["imported"] == 2)
        #expect(report["failed"].items.map(\.["line"]) == [2, 3])
        #expect(report["failed"].items.allSatisfy { !$0["reason"].string.isEmpty })
        #expect(try await carla("journal", "list").items.count == 2)
        try await programme.stop()
    }

    @Test func badInvitationsMakeNoReplica() async throws {
        let programme = try await Programme.start()
        let other = try await Programme.start()
        let people = try await programme.people()
        let good = try await programme.token(from: people.ben, "participant", "eve@example.org")
        let revoked = try await people.ben("invite", "participant", "--email", "rob@example.org")
        try await people.ben("invite", "revoke", revoked["id"].string)
        let used = try await programme.token(from: people.ben, "participant", "tom@example.org")
        _ = try await programme.join("Tom", used)
        try await people.ben("sync")
        let middle = good.index(good.startIndex, offsetBy: good.count / 2)
        let flipped =
            good[..<middle] + (good[middle] == "A" ? "B" : "A")
            + good[good.index(after: middle)...]
        let cases = [
            Case("join", String(good.dropLast(70)), status: 65, code: "tokenDamaged"),
            Case("join", String(flipped), status: 65),
            Case("join", "hello", status: 65, code: "tokenDamaged"),
            Case("join", revoked["token"].string, status: 65, code: "tokenRevoked"),
            Case("join", used, status: 65, code: "tokenUsed"),
        ]
        let mallory = programme.laptop("mallory")
        for failure in cases {
            let words = failure.words + ["--name", "Mallory", "--hub", programme.hub.url]
            try await expectFailure(
                Case(words, status: failure.status, code: failure.code), on: mallory)
            #expect(try !Self.holdsReplica(mallory), "\(failure.words[1].prefix(12))")
        }
        // The right invitation at another programme's hub: nothing is sent.
        try await expectFailure(
            Case(
                "join", good, "--name", "Eve", "--hub", other.hub.url, status: 1,
                code: "wrongHub"), on: mallory)
        #expect(try !Self.holdsReplica(mallory))
        // It is still good.
        _ = try await programme.join("Eve", good)
        try await programme.expectVerified()
        try await programme.stop()
        try await other.stop()
    }

    /// Without the hub one can work; what is written goes out when it is back.
    @Test func withoutTheHubWorkIsSaved() async throws {
        var programme = try await Programme.start()
        let people = try await programme.people()
        let token = try await programme.token(from: people.ben, "participant", "eve@example.org")
        try await people.ben("sync")
        let hub = programme.hub
        try await programme.stop()

        try await people.carla("task", "add", "Offline")
        try await expectFailure(Case("sync", status: 69, code: "hubUnreachable"), on: people.carla)
        #expect(try await people.carla("status")["unsent"]["records"] == 1)
        let eve = programme.laptop("Eve")
        let joined = try await eve("join", token, "--name", "Eve", "--hub", hub.url)
        #expect(joined["state"] == "pending")
        try await eve("journal", "write", "Nobody knows me yet.")

        programme.hub = try await ServedHub.start(programme.hubFolder, listen: hub.address)
        for laptop in [people.carla, eve] {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        #expect(try await eve("whoami")["state"] == "joined")
        try await people.ben("sync")
        #expect(try await people.ben("mentorship", "list").items.count == 3)
        try await programme.expectVerified()
        try await programme.stop()
    }

    @Test func damagedFileIsNamedAndNothingCrashes() async throws {
        let programme = try await Programme.start()
        let carla = try await programme.people().carla
        try await carla(
            "journal", "import", SourceFolder.resource("pepys-sample.jsonl"))
        let file = try #require(try carla.files().first { $0.name.hasSuffix(".sqlite") })
        let path = carla.home + "/" + file.name
        // Rubbish in place of most pages; the first one still says that it is a database.
        var bytes = file.bytes
        for index in stride(from: 8192, to: bytes.count, by: 1) { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        for name in try carla.files().map(\.name) where name.hasSuffix("-wal") {
            try FileManager.default.removeItem(atPath: carla.home + "/" + name)
        }
        let doctor = try await carla.run(["doctor", "--json"])
        #expect(doctor.status == 1)
        let report = try Document(reading: doctor.output)
        #expect(report["ok"] == false)
        #expect(!report["faults"].items.isEmpty)
        let advice = try await carla.run(["doctor"])
        #expect(advice.output.contains("waymark export"))
        #expect(advice.output.contains("waymark device add"))
        let commands = [
            ["status"], ["whoami"], ["task", "list"], ["task", "add", "Read"], ["sync"], ["undo"],
            ["journal", "write", "More"], ["journal", "search", "fire"], ["conflict", "list"],
            ["rejected", "list"], ["booking", "list"], ["slot", "list"], ["device", "list"],
            ["member", "list"], ["history", "abcd"], ["doctor", "--rebuild"],
            ["export", "--to", programme.scratch.path("export")], ["profile", "set", "--bio", "x"],
        ]
        for words in commands {
            let run = try await carla.run(words + ["--json"])
            #expect([0, 1].contains(run.status), "\(words): \(run.status) \(run.errors)")
        }
        let list = try await carla.run(["journal", "list", "--json"])
        #expect(list.status == 1)
        #expect(try Document(reading: list.output)["error"]["code"] == "replicaDamaged")
        try await programme.stop()
    }

    private static func holdsReplica(_ laptop: Laptop) throws -> Bool {
        guard FileManager.default.fileExists(atPath: laptop.home) else { return false }
        return try laptop.files().contains { $0.name.contains("sqlite") }
    }
}
