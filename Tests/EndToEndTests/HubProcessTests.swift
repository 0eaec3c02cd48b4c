import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(15))) struct HubProcessTests {
    @Test func oneFolderIsServedOnceAndStopsInPeace() async throws {
        let programme = try await Programme.start()
        let second = try await Run.of(
            Programs.hub,
            ["serve", "--data", programme.hubFolder, "--listen", "127.0.0.1:0", "--json"])
        #expect(second.status == 1)
        #expect(try Document(reading: second.output)["error"]["code"] == "inUse")
        try await programme.stop()
        // It can be served again, and what it was is still there.
        let again = try await ServedHub.start(programme.hubFolder)
        #expect(try await again.stop().status == 0)
    }

    @Test func aPortThatIsTakenHasItsOwnWord() async throws {
        let programme = try await Programme.start()
        let other = try await Programme.start()
        try await other.stop()
        let run = try await Run.of(
            Programs.hub,
            ["serve", "--data", other.hubFolder, "--listen", programme.hub.address, "--json"])
        #expect(run.status == 1)
        let error = try Document(reading: run.output)["error"]
        #expect(error["code"] == "addressInUse")
        #expect(error["hint"].string.contains("--listen"))
        // Nothing comes before the one sentence, in the log either.
        #expect(!run.errors.contains("\"message\""), "\(run.errors)")
        try await programme.stop()
    }

    /// What is not shown is lost, as an invitation is.
    @Test func resultThatCannotBeWrittenIsAFailure() async throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        let programme = try await Programme.start()
        for words in [
            ["status"], ["invite", "mentor", "--email", "ben@example.org"],
            ["backup", "--to", programme.scratch.path("copy")],
        ] {
            let run = try await Run.of(
                URL(fileURLWithPath: "/bin/sh"),
                ["-c", "exec \"$0\" \"$@\" > /dev/full", Programs.hub.path] + words
                    + ["--data", programme.hubFolder])
            #expect(run.status == 1)
            #expect(run.errors.contains("could not be written"), "\(words): \(run.errors)")
        }
        try await programme.stop()
    }

    @Test func wrongWordsAreToldWithAHint() async throws {
        for words in [["staus", "--json"], ["status", "--json"], ["help", "nonsense", "--json"]] {
            let run = try await Run.of(Programs.hub, words)
            #expect(run.status == 64)
            #expect(try Document(reading: run.output)["error"]["hint"].string.isEmpty == false)
        }
    }

    @Test func onlyTheOwnerReadsWhatIsSecret() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        try await people.carla("journal", "write", "Nobody else reads this.")
        try await people.carla("sync")
        for folder in [programme.hubFolder] + people.all.map(\.home) {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
            #expect(!names.isEmpty)
            for name in names {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: folder + "/" + name)
                let mode = try #require(attributes[.posixPermissions] as? Int)
                #expect(mode & 0o077 == 0, "\(name) has mode \(String(mode, radix: 8))")
            }
        }
        try await programme.stop()
    }

    @Test func encryptionIsLeftOutOnlyWhereNobodyListens() async throws {
        let programme = try await Programme.start()
        let run = try await Run.of(
            Programs.hub,
            ["serve", "--data", programme.hubFolder, "--listen", "0.0.0.0:0", "--no-tls"])
        #expect(run.status == 64)
        #expect(run.errors.contains("--no-tls"))
        try await programme.stop()
    }

    /// A copy made while members sync holds a whole log.
    @Test func backupIsConsistentWhileTheHubServes() async throws {
        let programme = try await Programme.start()
        let people = try await programme.people()
        async let work: Void = {
            for number in 0..<10 {
                try await people.carla("task", "add", "Task \(number)")
                try await people.carla("sync")
            }
        }()
        let copy = programme.scratch.path("copy")
        let backup = try await Programme.administer(
            "backup", "--data", programme.hubFolder, "--to", copy)
        try await work
        #expect(backup["file"].string == copy)
        let bytes = try #require(backup["bytes"].integer)
        let attributes = try FileManager.default.attributesOfItem(atPath: copy)
        #expect(attributes[.size] as? Int == bytes)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try await programme.expectVerified()
        try await programme.stop()
    }
}
