import Foundation
import Testing

/// A hub's folder and two homes as each released format left them, opened by the programs of today.
///
/// `Resources/golden/README.md` says how a release adds one.
@Suite(.serialized, .timeLimit(.minutes(15))) struct GoldenFileTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Resources/golden")
    /// The format that the programs of today write.
    private static let present = "format-1.tar.gz"
    private static var isWriting: Bool {
        ProcessInfo.processInfo.environment["WAYMARK_GOLDEN"] == "write"
    }

    static let files =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".tar.gz") }.sorted()

    private static func tar(_ words: [String]) async throws {
        let run = try await Run.of(URL(fileURLWithPath: "/usr/bin/env"), ["tar"] + words)
        try #require(run.status == 0, "tar: \(run.errors)")
    }

    /// Makes the file of the present format: `make golden`.
    @Test(.enabled(if: isWriting)) func makeTheFile() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let (ben, carla) = (people.ben, people.carla)
        try await ben("task", "add", "Read chapter one", "--for", "carla@example.org", "--review")
        try await ben("slot", "add", "2030-01-07 10:00", "--duration", "30m", "--instant")
        try await ben("sync")
        try await carla("sync")
        let slot = try await carla("slot", "list")[0]["id"].string
        try await carla("booking", "request", slot, "--topic", "Chapter one")
        try await carla(
            "journal", "write", "A good start.", "--title", "First day", "--tag", "reading",
            "--date", "2026-11-21", "--share")
        try await carla("journal", "write", "Nobody's business.", "--date", "2026-11-22")
        try await carla("sync")
        try await ben("sync")
        // A conflict that stays open.
        let task = try await carla("task", "list")[0]["id"].string
        for laptop in people.all { try await laptop("sync") }
        try await ben("task", "add", "Write a page", "--for", "carla@example.org")
        for laptop in [ben, carla, people.amina] { try await laptop("sync") }
        let page = try await carla("task", "list").items.first {
            $0["id"].string != task
        }
        let pageID = try #require(page)["id"].string
        try await ben("task", "edit", pageID, "--title", "Write two pages")
        try await people.amina("task", "edit", pageID, "--title", "Write three pages")
        for laptop in [ben, people.amina, ben, carla] { try await laptop("sync") }
        // Work that has not been sent.
        try await carla("journal", "write", "Not sent yet.", "--date", "2026-11-23")
        try await programme.stop()
        try FileManager.default.createDirectory(
            at: Self.folder, withIntermediateDirectories: true)
        try await Self.tar([
            "-C", programme.scratch.path, "--sort=name", "--owner=0", "--group=0",
            "--numeric-owner", "-czf", Self.folder.appending(path: Self.present).path,
            "hub", "Ben", "Carla",
        ])
    }

    @Test(.disabled(if: isWriting), arguments: files)
    func filesOfAReleasedFormatGoOn(_ file: String) async throws {
        let scratch = try Scratch()
        try await Self.tar([
            "-C", scratch.path, "-xpzf", Self.folder.appending(path: file).path,
        ])
        let ben = Laptop(home: scratch.path("Ben"))
        let carla = Laptop(home: scratch.path("Carla"))

        // What is in the homes, without a hub.
        let tasks = try await carla("task", "list").items.map { $0["title"].string }
        #expect(tasks.count == 2)
        #expect(tasks.contains("Read chapter one"))
        let entries = try await carla("journal", "list")
        #expect(entries.items.count == 3)
        #expect(try await carla("journal", "search", "start")[0]["title"] == "First day")
        #expect(try await ben("journal", "list").items.count == 1)
        #expect(try await carla("booking", "list")[0]["state"] == "confirmed")
        #expect(try await ben("conflict", "list").items.count == 1)
        #expect(try await carla("status")["unsent"]["changes"] != 0)
        for laptop in [ben, carla] { #expect(try await laptop("doctor")["ok"] == true) }
        try await ben("task", "add", "Of today", "--for", "carla@example.org")

        // And with the hub, which finds itself in another place.
        let folder = scratch.path("hub")
        #expect(try await Programme.administer("verify", "--data", folder)["ok"] == true)
        let hub = try await ServedHub.start(folder)
        for laptop in [ben, carla, ben, carla] { try await laptop("sync", "--hub", hub.url) }
        if try await Programme.administer("status", "--data", folder)["recovering"] == true {
            try await Programme.administer("recovery", "end", "--data", folder)
            for laptop in [ben, carla] { try await laptop("sync", "--hub", hub.url) }
        }
        for laptop in [ben, carla] { try await laptop.expectLevel() }
        #expect(try await carla("task", "list").items.count == 3)
        #expect(try await Programme.administer("verify", "--data", folder)["ok"] == true)
        #expect(try await hub.stop().status == 0)
    }
}
