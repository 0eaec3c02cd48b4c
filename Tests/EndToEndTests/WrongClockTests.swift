import Foundation
import Testing

/// A wrong clock is never a reason to refuse somebody's work, and it wins nothing.
@Suite(
    .serialized, .timeLimit(.minutes(15)),
    .enabled(if: ShiftedClock.compiler != nil, "needs clang to build a wrong clock"))
struct WrongClockTests {
    private static let year = 365 * 86_400

    /// Clocks of 1999 and of years ahead, as laptops with an empty battery have them.
    @Test(arguments: [-27 * year, 5 * year])
    func wrongClockKeepsNobodyFromWorkAndWinsNothing(shiftSeconds: Int) async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        let clock = try await ShiftedClock.make(in: programme.scratch)
        let token = try await programme.token(from: people.ben, "participant", "eve@example.org")
        try await people.ben("sync")
        var eve = programme.laptop("Eve")
        eve.environment = clock.environment(shiftSeconds: shiftSeconds)

        let joined = try await eve("join", token, "--name", "Eve", "--hub", programme.hub.url)
        #expect(joined["state"] == "joined")
        let task = try await eve("task", "add", "Mine")["id"].string
        let synced = try await eve.run(["sync"])
        #expect(synced.status == 0, "\(synced.errors)")
        #expect(synced.errors.contains("clock"), "\(synced.errors)")
        #expect(try await eve("status")["rejected"] == 0)
        let offset = try #require(try await eve("status")["clockOffsetMs"].integer)
        #expect(abs(offset - shiftSeconds * 1000) < 60_000)

        // What Ben has seen and changed afterwards stays changed, whatever Eve's clock says.
        try await people.ben("sync")
        try await people.ben("task", "edit", task, "--title", "Ours")
        try await people.ben("sync")
        try await eve("sync")
        #expect(try await eve("task", "show", task)["title"] == "Ours")
        try await eve("task", "edit", task, "--title", "Everybody's")
        try await eve("sync")
        try await people.ben("sync")
        let seen = try await people.ben("task", "show", task)
        #expect(seen["title"] == "Everybody's")
        #expect(try await people.ben("conflict", "list") == [])
        // The effective time lies between what the hub saw before and after.
        let thisYear = String(people.ben.yearOfToday)
        #expect(seen["updatedAt"].string.hasPrefix(thisYear), "\(seen["updatedAt"])")

        for laptop in [people.ben, eve] { try await laptop.expectLevel() }
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// Invitations of a laptop whose clock is wrong can be redeemed all the same, once that
    /// laptop has heard the hub's time.
    @Test func lateClockMakesGoodInvitations() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        var ben = people.ben
        ben.environment = try await ShiftedClock.make(in: programme.scratch)
            .environment(shiftSeconds: -27 * Self.year)
        let token = try await programme.token(from: ben, "participant", "eve@example.org")
        _ = try await programme.join("Eve", token)
        try await ben("sync")
        #expect(try await ben("mentorship", "list").items.count == 3)
        try await programme.expectVerified()
        try await programme.stop()
    }

    /// An invitation that has expired by the hub's clock is refused, whatever the joiner's says.
    @Test func expiredInvitationIsRefusedByTheHub() async throws {
        let scratch = try Scratch()
        let clock = try await ShiftedClock.make(in: scratch)
        let past = clock.environment(shiftSeconds: -3 * 86_400)
        let made = try await Run.of(
            Programs.hub,
            [
                "init", "--data", scratch.path("hub"), "--name", "Riverside", "--admin-email",
                "amina@example.org", "--json",
            ], environment: past)
        let token = try Document(reading: made.output)["invitation"]["token"].string
        let hub = try await ServedHub.start(scratch.path("hub"))
        for environment in [[:], past] {
            let amina = Laptop(home: scratch.path("amina"), environment: environment)
            let run = try await amina.run(
                ["join", token, "--name", "Amina", "--hub", hub.url, "--json"])
            #expect(run.status == 65)
            #expect(try Document(reading: run.output)["error"]["code"] == "tokenExpired")
        }
        #expect(try await hub.stop().status == 0)
    }
}

extension Laptop {
    /// The year that this machine's calendar shows, in UTC like the programs' JSON.
    fileprivate var yearOfToday: Int {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.component(.year, from: Date())
    }
}

/// A library that shows a program another time of day.
struct ShiftedClock {
    private let library: String

    /// The C compiler that comes with Swift; nil where there is none or where the library would
    /// not work.
    static let compiler: URL? = {
        #if os(Linux)
            let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
            return folders.split(separator: ":")
                .map { URL(fileURLWithPath: "\($0)/clang") }
                .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        #else
            return nil
        #endif
    }()

    static func make(in scratch: Scratch) async throws -> ShiftedClock {
        let library = scratch.path("shifted-clock.so")
        let run = try await Run.of(
            try #require(compiler),
            ["-shared", "-fPIC", "-o", library, SourceFolder.resource("shifted-clock.c")])
        try #require(run.status == 0, "\(run.errors)")
        return ShiftedClock(library: library)
    }

    func environment(shiftSeconds: Int) -> [String: String] {
        ["LD_PRELOAD": library, "SHIFT_SECONDS": String(shiftSeconds)]
    }
}
