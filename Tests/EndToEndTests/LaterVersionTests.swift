import Foundation
import Testing

/// Files that a later version of the programs has written are refused and left as they are.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LaterVersionTests {
    /// Writes the number that SQLite keeps for the program's use into a database file.
    private func setVersion(_ version: UInt32, of path: String) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: withUnsafeBytes(of: version.bigEndian) { Data($0) })
        try file.close()
    }

    /// Every file of a folder with its bytes.
    private func contents(of folder: String) throws -> [String: Data] {
        try Laptop(home: folder).files().reduce(into: [:]) { $0[$1.name] = $1.bytes }
    }

    private func made(in scratch: Scratch) async throws -> (hub: String, laptop: Laptop) {
        let hub = scratch.path("hub")
        let made = try await Programme.administer(
            "init", "--data", hub, "--name", "Riverside", "--admin-email", "amina@example.org")
        let laptop = Laptop(home: scratch.path("Amina"))
        try await laptop("join", made["invitation"]["token"].string, "--name", "Amina")
        try await laptop("journal", "write", "Before.")
        return (hub, laptop)
    }

    @Test func homeOfALaterVersionIsLeftAsItIs() async throws {
        let scratch = try Scratch()
        let (_, laptop) = try await made(in: scratch)
        try setVersion(1_000, of: laptop.home + "/replica.sqlite")
        let before = try contents(of: laptop.home)
        for words in [
            ["status"], ["journal", "list"], ["journal", "write", "After."], ["sync"], ["doctor"],
            ["doctor", "--rebuild"], ["export", "--to", scratch.path("export")],
        ] {
            let run = try await laptop.run(words)
            #expect(run.status == 1, "\(words): \(run.output)\(run.errors)")
            #expect(run.errors.contains("later version"), "\(words): \(run.errors)")
        }
        #expect(try contents(of: laptop.home) == before)
    }

    @Test func hubOfALaterVersionIsLeftAsItIs() async throws {
        let scratch = try Scratch()
        let (hub, _) = try await made(in: scratch)
        let files = try contents(of: hub)
        let database = try #require(files.keys.first { $0.hasSuffix(".sqlite") })
        try setVersion(1_000, of: hub + "/" + database)
        let before = try contents(of: hub)
        for words in [
            ["status"], ["verify"], ["serve", "--listen", "127.0.0.1:0"], ["member", "list"],
            ["invite", "mentor", "--email", "ben@example.org"],
            ["backup", "--to", scratch.path("backup")],
        ] {
            let run = try await Run.of(Programs.hub, words + ["--data", hub])
            #expect(run.status == 1, "\(words): \(run.output)\(run.errors)")
            #expect(run.errors.contains("later version"), "\(words): \(run.errors)")
        }
        #expect(try contents(of: hub) == before)
    }
}
