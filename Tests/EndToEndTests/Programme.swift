import Foundation
import Testing

/// A hub and the people of one programme, in a folder of their own.
struct Programme: Sendable {
    let scratch: Scratch
    let adminToken: String
    var hub: ServedHub
    /// The hub before the last restart.
    private var earlierHub: ServedHub?

    /// Makes a hub and starts it.
    static func start() async throws -> Programme {
        let scratch = try Scratch()
        let made = try await administer(
            "init", "--data", scratch.path("hub"), "--name", "Riverside", "--admin-email",
            "amina@example.org")
        return Programme(
            scratch: scratch, adminToken: made["invitation"]["token"].string,
            hub: try await ServedHub.start(scratch.path("hub")))
    }

    private init(scratch: Scratch, adminToken: String, hub: ServedHub) {
        self.scratch = scratch
        self.adminToken = adminToken
        self.hub = hub
    }

    /// Runs a command of the hub that must succeed.
    @discardableResult
    static func administer(
        _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Document {
        let run = try await Run.of(Programs.hub, words + ["--json"])
        try #require(
            run.status == 0, "\(words): \(run.output)\(run.errors)",
            sourceLocation: sourceLocation)
        return try Document(reading: run.output)
    }

    var hubFolder: String { scratch.path("hub") }

    /// A home in which nobody has joined.
    func laptop(_ name: String) -> Laptop { Laptop(home: scratch.path(name)) }

    /// Lets somebody join on a new laptop.
    func join(_ name: String, _ token: String) async throws -> Laptop {
        let laptop = laptop(name)
        let joined = try await laptop("join", token, "--name", name, "--hub", hub.url)
        #expect(joined["state"] == "joined")
        return laptop
    }

    /// An admin, a mentor and that mentor's two participants, all level with the hub.
    struct People: Sendable {
        let amina: Laptop
        let ben: Laptop
        let carla: Laptop
        let david: Laptop

        var all: [Laptop] { [amina, ben, carla, david] }
    }

    func people() async throws -> People {
        let amina = try await join("Amina", adminToken)
        let ben = try await join("Ben", token(from: amina, "mentor", "ben@example.org"))
        let carla = try await join(
            "Carla", token(from: ben, "participant", "carla@example.org"))
        let david = try await join(
            "David", token(from: ben, "participant", "david@example.org"))
        let people = People(amina: amina, ben: ben, carla: carla, david: david)
        for laptop in people.all { try await laptop("sync") }
        return people
    }

    func token(from issuer: Laptop, _ role: String, _ email: String) async throws -> String {
        try await issuer("invite", role, "--email", email)["token"].string
    }

    /// Expects that the whole log of the hub is in order.
    func expectVerified(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let report = try await Self.administer("verify", "--data", hubFolder)
        #expect(report["ok"] == true, "\(report["faults"])", sourceLocation: sourceLocation)
    }

    /// Stops the hub in peace and starts it where it was, with a log of its own.
    mutating func restart() async throws {
        try await stop()
        earlierHub = hub
        hub = try await ServedHub.start(hubFolder, listen: hub.address)
    }

    /// Stops the hub, puts its folder away and serves one that is made from a backup.
    mutating func restore(from backup: String) async throws {
        try await stop()
        try FileManager.default.moveItem(atPath: hubFolder, toPath: hubFolder + "-lost")
        try await Self.administer("restore", "--from", backup, "--data", hubFolder)
        hub = try await ServedHub.start(hubFolder, listen: hub.address)
    }

    /// The sizes of all answers to syncs that the hub logged before its last restart.
    func earlierPages() async throws -> [Int] {
        var sizes: [Int] = []
        guard let earlierHub else { return sizes }
        for await answer in earlierHub.answers where answer.route == "/v1/sync" {
            sizes.append(answer.bytesOut)
        }
        return sizes
    }

    /// Stops the hub, which must end in peace.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let run = try await hub.stop()
        #expect(run.status == 0, sourceLocation: sourceLocation)
    }
}
