import Foundation
import Testing

/// `waymark sync --watch` with the built programs, real sockets and TLS.
@Suite(.serialized, .timeLimit(.minutes(10))) struct WatchTests {
    /// A watch that runs in somebody's home: the documents it prints, one a line.
    private struct Watching {
        let process: Running
        private var lines: AsyncStream<String>.AsyncIterator

        init(_ laptop: Laptop) throws {
            let output = Pipe()
            process = try Running(
                Programs.waymark, ["--home", laptop.home, "sync", "--watch", "--json"],
                environment: laptop.environment, output: output)
            lines = output.lines.makeAsyncIterator()
        }

        /// The next document that tells of this.
        mutating func next(_ event: String) async throws -> Document {
            while let line = await lines.next(isolation: #isolation) {
                let document = try Document(reading: line + "\n")
                if document["event"].string == event { return document }
            }
            throw Ended(before: event)
        }

        /// The next sync that brought something.
        mutating func nextPull() async throws -> Document {
            while true {
                let document = try await next("synced")
                if document["pulled"]["changes"] != 0 { return document }
            }
        }

        struct Ended: Error { let before: String }
    }

    private static let patience = Duration.seconds(20)

    private func slot(of mentor: Laptop, _ programme: Programme) async throws -> String {
        let slot = try await mentor("slot", "add", "2037-03-02 10:00", "--duration", "30m")["id"]
            .string
        try await mentor("sync")
        return slot
    }

    @Test func verdictReachesTheOtherLaptopByItself() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let slot = try await slot(of: people.ben, programme)
        try await people.carla("sync")
        var ben = try Watching(people.ben)
        var carla = try Watching(people.carla)
        _ = try await ben.next("listening")
        _ = try await carla.next("listening")

        // Nobody syncs by hand from here on.
        let booking = try await people.carla("booking", "request", slot)["id"].string
        var held = try await carla.nextPull()
        while held["verdicts"].items.isEmpty { held = try await carla.nextPull() }
        _ = try await ben.nextPull()
        let start = ContinuousClock.now
        try await people.ben("booking", "approve", booking)
        var news = try await carla.nextPull()
        while news["verdicts"][0]["state"] != "confirmed" { news = try await carla.nextPull() }
        #expect(news["verdicts"][0]["booking"].string == booking)
        // The hub's own promise is a second; a busy machine may take longer for the programs.
        #expect(ContinuousClock.now - start < Self.patience)

        // Other commands go on beside it, a sync by hand among them.
        try await people.carla("sync")
        #expect(try await people.carla("booking", "show", booking)["state"] == "confirmed")

        ben.process.signal(SIGINT)
        carla.process.signal(SIGTERM)
        #expect(try await ben.process.finished().status == 0)
        #expect(try await carla.process.finished().status == 0)
        for laptop in people.all {
            try await laptop("sync")
            try await laptop.expectLevel()
        }
        try await programme.stop()
    }

    /// What happens while the hub is away reaches the watcher when it is back.
    @Test func hubThatIsKilledIsFoundAgain() async throws {
        var programme = try await Programme.start()
        let people = try await programme.people()
        var carla = try Watching(people.carla)
        _ = try await carla.next("listening")
        let hub = programme.hub
        try await hub.kill()
        try await people.carla("task", "add", "Written without a hub")
        _ = try await carla.next("failed")
        programme.hub = try await ServedHub.start(programme.hubFolder, listen: hub.address)
        _ = try await carla.next("synced")
        try await people.ben("sync")
        #expect(
            try await people.ben("task", "list", "--all").items.map(\.["title"].string)
                == ["Written without a hub"])
        try await people.ben("task", "add", "Read", "--for", "Carla")
        try await people.ben("sync")
        _ = try await carla.nextPull()
        #expect(try await people.carla("task", "list").items.count == 2)
        // The hub does not wait for those who listen to it.
        let start = ContinuousClock.now
        try await programme.stop()
        #expect(ContinuousClock.now - start < .seconds(4))
        carla.process.signal(SIGINT)
        #expect(try await carla.process.finished().status == 0)
    }

    /// An admin's command on the hub is another process than the one that serves.
    @Test func deviceThatIsRevokedOnTheHubStopsWatching() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        var carla = try Watching(people.carla)
        _ = try await carla.next("listening")
        let device = try await people.carla("whoami")["device"]["id"].string
        try await Programme.administer(
            "device", "revoke", device, "--data", programme.hubFolder)
        let ended = try await carla.process.finished()
        #expect(ended.status == 77)
        try await programme.stop()
    }

    private static let curl = "/usr/bin/curl"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: curl)))
    func phoneReadsACalendarUntilItIsRevoked() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let slot = try await slot(of: people.ben, programme)
        try await people.carla("sync")
        try await people.carla("booking", "request", slot, "--topic", "Plans")
        let address = try await people.carla("calendar", "address", "add")
        #expect(try await Self.fetch(address["url"].string) == "404")
        try await people.carla("sync")
        let text = try await Self.fetch(address["url"].string)
        #expect(text.contains("SUMMARY:Plans with Ben\r\n"), "\(text)")
        try await people.carla("calendar", "address", "revoke", address["id"].string)
        try await people.carla("sync")
        #expect(try await Self.fetch(address["url"].string) == "404")
        try await programme.stop()
    }

    /// What a phone that takes the hub's certificate would get: the text, or the status.
    private static func fetch(_ url: String) async throws -> String {
        let run = try await Run.of(
            URL(fileURLWithPath: curl),
            ["--silent", "--insecure", "--write-out", "\n%{http_code}", url])
        try #require(run.status == 0)
        let status = String(run.output.suffix(3))
        return status == "200" ? String(run.output.dropLast(4)) : status
    }
}
