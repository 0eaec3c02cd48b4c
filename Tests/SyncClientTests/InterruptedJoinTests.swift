import Cryptography
import Foundation
import Model
import Replica
import Testing

@testable import SyncClient

/// Joins that meet another one, are ended before their end, or are refused after it.
@Suite struct InterruptedJoinTests {
    private let harness: CommandHarness
    private let home: String

    init() throws {
        harness = try CommandHarness()
        home = harness.home(of: "Ben")
    }

    private func token() throws -> String {
        try harness.token(.participant, email: "ben@example.org")
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: home).sorted()
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: home + "/" + name))
    }

    // MARK: Two at once

    @Test func aSecondJoinIsToldOfTheFirst() async throws {
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let token = try token()
        guard let lock = try FolderLock.acquire(.joining, in: home) else {
            Issue.record("Nobody has it.")
            return
        }
        let second = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(second.status == 1)
        #expect(second.errorCode == "busy")
        #expect(second.errors.contains("A join is under way already in \(home)"))
        #expect(try names() == ["join.lock"])
        lock.remove()
        #expect(await harness.run("Ben", "join", token, "--name", "Ben").status == 0)
        #expect(try !names().contains("join.lock"))
    }

    // MARK: Half-made homes

    enum HalfMade: CaseIterable { case emptyFile, noTables, noMember }

    /// As two joins at once of an earlier version, or one that was killed, left a home.
    private func leave(_ kind: HalfMade) async throws {
        harness.transport.become(.cut)
        #expect(await harness.run("Ben", "join", try token(), "--name", "Ben").status == 0)
        harness.transport.become(.good)
        switch kind {
        case .emptyFile: try write([], to: "replica.sqlite")
        case .noTables:
            // The first page of a file in WAL mode without any table.
            var page = [UInt8](repeating: 0, count: 4096)
            let head = Array("SQLite format 3\0".utf8) + [0x10, 0, 2, 2, 0, 64, 32, 32]
            page.replaceSubrange(..<head.count, with: head)
            page[31] = 1
            page[47] = 4
            page[59] = 1
            page[100] = 0x0D
            page[105] = 0x10
            try write(page, to: "replica.sqlite")
        case .noMember:
            try FileManager.default.removeItem(atPath: home + "/replica.sqlite")
            _ = try ReplicaDatabase.open(path: home + "/replica.sqlite", isShared: false)
        }
        for name in ["replica.sqlite.new-shm", "replica.sqlite.new-wal"] {
            try write([1, 2, 3], to: name)
        }
    }

    @Test(arguments: HalfMade.allCases)
    func aHalfMadeHomeIsMadeAnewByTheNextJoin(kind: HalfMade) async throws {
        try await leave(kind)
        let asked = await harness.run("Ben", "whoami", "--json")
        #expect(asked.errorCode == "noReplica", "\(asked.errors)")
        #expect(asked.errors.contains("waymark join again"))
        let joined = await harness.run("Ben", "join", try token(), "--name", "Ben", "--json")
        #expect(joined.status == 0, "\(joined.errors)")
        #expect(try joined.json["member"]["name"].string == "Ben")
        #expect(try joined.json["state"].string == "joined")
        #expect(await harness.run("Ben", "doctor").status == 0)
        #expect(try !names().contains { $0.contains(".new") })
    }

    /// A file that was cut after somebody had worked is no beginning of one.
    @Test func aReplicaThatLostItsContentIsNotReplaced() async throws {
        try await harness.join("Ben", as: .participant)
        try write([], to: "replica.sqlite")
        for words in [["whoami"], ["join", try token(), "--name", "Ben"]] {
            let result = await harness.run("Ben", words + ["--json"])
            #expect(result.errorCode == "replicaDamaged")
            #expect(result.errors.contains(home + "/replica.sqlite"))
        }
        #expect(FileManager.default.contents(atPath: home + "/replica.sqlite") == Data())
    }

    /// SQLite removes the log beside an empty file when it opens that.
    @Test func theLogBesideAnEmptiedFileStays() async throws {
        harness.transport.become(.cut)
        await harness.run("Ben", "join", try token(), "--name", "Ben")
        try write([], to: "replica.sqlite")
        try write([UInt8](repeating: 7, count: 4096), to: "replica.sqlite-wal")
        for words in [["whoami"], ["join", try token(), "--name", "Ben"]] {
            let result = await harness.run("Ben", words + ["--json"])
            #expect(result.errorCode == "replicaDamaged", "\(result.errors)")
        }
        let log = FileManager.default.contents(atPath: home + "/replica.sqlite-wal")
        #expect(log?.count == 4096)
    }

    // MARK: Names

    @Test func aNameThatIsGivenAgainCounts() async throws {
        harness.transport.become(.cut)
        let token = try token()
        await harness.run("Ben", "join", token, "--name", "Bne")
        let again = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(try again.json["member"]["name"].string == "Ben")
        let made = try await harness.run("Ben", "status", "--json").json["changes"]["made"].int
        for words in [["join", token, "--name", "Ben"], ["join", token]] {
            #expect(await harness.run("Ben", words).status == 0)
        }
        let after = try await harness.run("Ben", "status", "--json").json["changes"]["made"].int
        #expect(after == made)
        harness.transport.become(.good)
        #expect(await harness.run("Ben", "sync").status == 0)
        let who = try await harness.run("Ben", "whoami", "--json").json
        #expect(who["member"]["name"].string == "Ben")
    }

    // MARK: Refused after all

    @Test(arguments: [
        ("tokenUsed", "redeemed on another device"), ("tokenExpired", "had expired"),
        ("tokenRevoked", "was revoked"), ("issuerNotEntitled", "may not invite"),
    ])
    func aRefusedInvitationIsKeptInMind(code: String, words: String) async throws {
        harness.transport.become(.cut)
        await harness.run("Ben", "join", try token(), "--name", "Ben")
        await harness.run("Ben", "task", "add", "Read")
        #expect(try await harness.run("Ben", "status", "--json").json["refusal"].isNull)

        harness.transport.become(.refuses(code: code, status: 403))
        let refused = await harness.run("Ben", "sync", "--json")
        #expect(refused.status == 65)
        #expect(refused.errors.contains("waymark join NEWTOKEN in this folder"))
        let status = await harness.run("Ben", "status", "--json")
        #expect(try status.json["refusal"].string == code)
        #expect(status.errors.contains(words))
        #expect(status.errors.contains("waymark join NEWTOKEN"))
        #expect(!status.errors.contains("run waymark sync"))
        #expect(await !harness.run("Ben", "status").output.contains("run waymark sync"))
        let who = await harness.run("Ben", "whoami")
        #expect(who.output.contains("waymark join NEWTOKEN"))
        #expect(!who.output.contains("waymark sync"))
        #expect(who.errors.contains(words))
        #expect(try await harness.run("Ben", "whoami", "--json").json["refusal"].string == code)

        // The way out that the hint names works, also without a network.
        harness.transport.become(.cut)
        let other = try harness.token(.participant, email: "ben2@example.org")
        #expect(await harness.run("Ben", "join", other).status == 0)
        #expect(try await harness.run("Ben", "status", "--json").json["refusal"].isNull)
        harness.transport.become(.good)
        #expect(await harness.run("Ben", "sync").status == 0)
        #expect(try await harness.run("Ben", "task", "list", "--json").json.items.count == 1)
    }

    /// Of somebody who has joined nobody wants an invitation.
    @Test func whoHasJoinedIsNotToldOfInvitations() async throws {
        try await harness.join("Ben", as: .participant)
        harness.transport.become(.refuses(code: "wrongProgramme", status: 403))
        #expect(await harness.run("Ben", "sync").status != 0)
        #expect(try await harness.run("Ben", "status", "--json").json["refusal"].isNull)
    }

    // MARK: Files of a home

    @Test func aLostContactIsNotCalledNever() async throws {
        harness.transport.become(.cut)
        await harness.run("Ben", "join", try token(), "--name", "Ben")
        #expect(await harness.run("Ben", "status").output.contains("never"))
        harness.transport.become(.good)
        #expect(await harness.run("Ben", "sync").status == 0)
        try FileManager.default.removeItem(atPath: home + "/contact.json")
        let status = await harness.run("Ben", "status")
        #expect(status.output.contains("not known here"))
        #expect(!status.output.contains("never"))
    }

    @Test func aKeyThatOthersCouldReadIsItsOwnersAlone() async throws {
        try await harness.join("Ben", as: .participant)
        let path = home + "/device.key"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(await harness.run("Ben", "whoami").status == 0)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    /// Whoever runs the tests may read every file, but nobody reads a folder as one.
    @Test func aKeyThatCannotBeReadIsNotCalledMissing() async throws {
        try await harness.join("Ben", as: .participant)
        let path = home + "/device.key"
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let read = await harness.run("Ben", "task", "list")
        #expect(read.status == 0)
        #expect(read.errors.contains("cannot be read"))
        let written = await harness.run("Ben", "task", "add", "Read", "--json")
        #expect(written.errorCode == "badKey")
        #expect(written.errors.contains("cannot be read: \(path)"))
        #expect(!written.errors.contains("missing"))
    }

    @Test func draftsOfProgramsThatWereKilledGo() async throws {
        try await harness.join("Ben", as: .participant)
        let before = try names()
        for name in [".dat.nosync6c5.x1Y2z3", "contact.json.0123abcd.new", "notes.0123abcd.new"] {
            try write([1], to: name)
        }
        #expect(await harness.run("Ben", "whoami").status == 0)
        #expect(try names() == (before + ["notes.0123abcd.new"]).sorted())
    }
}
