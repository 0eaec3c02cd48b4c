import Foundation
import Model
import Replica

/// A hub and laptops that are the real programs, each laptop a home in one folder.
struct RealProgramme {
    let folder: String
    let hub: ServerProcess
    private let programs: ProgramFiles

    /// The programs under test.
    struct ProgramFiles {
        let hub: URL
        let waymark: URL
    }

    /// What `sync` reports.
    struct SyncReport: Decodable {
        let roundTrips: Int
        let bytesSent: Int
        let bytesReceived: Int
    }

    private struct Token: Decodable { let token: String }

    /// Makes the hub, serves it, and lets its admin join as `ada`, a mentor as `ben` and a participant
    /// of his as `carla`.
    init(_ programs: ProgramFiles, in folder: String) throws {
        self.programs = programs
        self.folder = folder
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        struct Made: Decodable { let invitation: Token }
        let data = "\(folder)/hub"
        let made = try MeasuredRun.of(
            programs.hub,
            [
                "init", "--data", data, "--name", "Benchmark", "--admin-email",
                "ada@example.org", "--json", "--url", "https://127.0.0.1:1",
            ], in: folder)
        hub = try ServerProcess(
            programs.hub, ["serve", "--data", data, "--listen", "127.0.0.1:0", "--json"],
            certificate: data + "/tls.pem", log: data + "/serve.log")
        try join("ada", Self.decode(Made.self, made).invitation.token)
        try invite(.mentor, "ben", by: "ada")
        try invite(.participant, "carla", by: "ben")
    }

    func home(_ name: String) -> String { "\(folder)/\(name)" }

    /// Runs `waymark` in somebody's home.
    @discardableResult
    func waymark(_ name: String, _ words: String...) throws -> MeasuredRun {
        try MeasuredRun.of(
            programs.waymark, words + ["--home", home(name), "--json"], in: folder)
    }

    /// Joins with a token and syncs.
    private func join(_ name: String, _ token: String) throws {
        try waymark(name, "join", token, "--name", name, "--hub", url)
        try waymark(name, "sync")
    }

    /// Makes a home from a token without reaching the hub; the rest is left to ``firstSync(_:)``.
    func prepare(_ name: String, _ token: String) throws {
        // Nobody listens there.
        try waymark(name, "join", token, "--name", name, "--hub", "https://127.0.0.1:1")
    }

    func firstSync(_ name: String) throws -> (run: MeasuredRun, report: SyncReport) {
        let run = try waymark(name, "sync", "--hub", url)
        return (run, try Self.decode(SyncReport.self, run))
    }

    /// Somebody invites somebody, who joins.
    private func invite(_ role: Role, _ name: String, by issuer: String) throws {
        let run = try waymark(issuer, "invite", role.name, "--email", "\(name)@example.org")
        try join(name, Self.decode(Token.self, run).token)
        try waymark(issuer, "sync")
    }

    /// A token for another laptop of the same member.
    func deviceToken(of name: String) throws -> String {
        let token = try Self.decode(Token.self, waymark(name, "device", "add")).token
        try waymark(name, "sync")
        return token
    }

    func sync(_ name: String) throws -> (run: MeasuredRun, report: SyncReport) {
        let run = try waymark(name, "sync")
        return (run, try Self.decode(SyncReport.self, run))
    }

    private struct Person: Decodable {
        struct Member: Decodable { let id: String }
        let member: Member
    }

    func memberID(of name: String) throws -> String {
        try Self.decode(Person.self, waymark(name, "whoami")).member.id
    }

    /// Works on somebody's replica from inside, for what would take too many commands.
    func act(_ name: String, _ body: (inout Action) throws -> Void) throws {
        let replica = try Replica.open(at: home(name))
        try replica.act("benchmark", at: Workplace.now, body)
    }

    func remove() {
        hub.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var url: String { "https://127.0.0.1:\(hub.port)" }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ run: MeasuredRun
    ) throws -> Value {
        try JSONDecoder().decode(type, from: Data(run.output.utf8))
    }
}
