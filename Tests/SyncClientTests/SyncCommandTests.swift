import Cryptography
import Foundation
import Model
import TestSupport
import Testing
import Wire

@testable import SyncClient

@Suite struct SyncCommandTests {
    private let harness: CommandHarness

    init() throws { harness = try CommandHarness() }

    @Test func syncReportsWhatWentBothWays() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await harness.join("Ben", as: .participant)
        try await mia.expect(.success, "profile", "set", "--bio", "Maps")
        let document = try await mia.json("sync")
        #expect(document["pushed"]["batches"].int == 1)
        #expect(document["pushed"]["changes"].int == 1)
        #expect(document["pulled"]["batches"].int ?? 0 > 0)
        #expect(document["pulled"]["changes"].int ?? 0 > 0)
        #expect(
            document.keys == [
                "pushed", "pulled", "verdicts", "conflicts", "clashes", "rejected", "roundTrips",
                "bytesSent", "bytesReceived", "rekeyed", "returned", "hubIsRecovering", "carried",
                "snapshotRecords", "notifications", "withdrawn",
            ])
    }

    @Test func nothingToDoTakesOneTripAndFewBytes() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await mia.sync()
        let document = try await mia.json("sync")
        #expect(document["roundTrips"].int == 1)
        let bytes = (document["bytesSent"].int ?? 0) + (document["bytesReceived"].int ?? 0)
        #expect(bytes > 0 && bytes <= 600)
        #expect(document["pulled"]["changes"].int == 0)
    }

    @Test func anotherAddressIsRememberedOnceTheHubHasAnsweredThere() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        harness.transport.become(.cut)
        let failed = await harness.run("Mia", "sync", "--hub", "https://elsewhere.example.org")
        #expect(failed.status == 69)
        #expect(try await mia.json("whoami")["hub"]["url"].string == "https://hub.example.org")
        harness.transport.become(.good)
        try await mia.expect(.success, "sync", "--hub", "https://new.example.org/")
        #expect(try await mia.json("whoami")["hub"]["url"].string == "https://new.example.org")
    }

    @Test(arguments: [
        ("deviceRevoked", 403, 77), ("memberSuspended", 403, 77), ("unsupportedVersion", 426, 1),
        ("internal", 500, 69), ("tooManyRequests", 429, 69), ("badSignature", 401, 1),
    ])
    func whatTheHubSaysHasItsExitCode(code: String, httpStatus: Int, exit: Int32) async throws {
        try await harness.join("Mia", as: .mentor)
        harness.transport.become(.refuses(code: code, status: httpStatus))
        let result = await harness.run("Mia", "sync", "--json")
        #expect(result.status == exit)
        #expect(result.errorCode == code)
        #expect(result.errors.contains("Hint:"))
    }

    @Test func garbageIsNotTakenIn() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await mia.expect(.success, "profile", "set", "--bio", "Maps")
        harness.transport.become(.garbage)
        let result = await harness.run("Mia", "sync", "--json")
        #expect(result.status == 1)
        #expect(result.errorCode == "badAnswer")
        harness.transport.become(.good)
        #expect(try await mia.json("sync")["pushed"]["changes"].int == 1)
    }

    // MARK: Status

    @Test func statusCountsWhatIsUnsent() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await mia.sync()
        try await mia.expect(.success, "profile", "set", "--bio", "Maps", "--phone", "12")
        let before = try await mia.json("status")
        #expect(before["unsent"]["changes"].int == 2)
        // Profile and contact carry the member's id.
        #expect(before["unsent"]["records"].int == 1)
        #expect(before["complete"].bool == true)
        #expect(before["changes"]["waiting"].int == 2)
        try await mia.sync()
        let after = try await mia.json("status")
        #expect(after["unsent"]["changes"].int == 0)
        #expect(after["lastSyncAt"].string != nil)
        let account = after["changes"]
        let sum = [
            "inForce", "superseded", "siblings", "merged", "rejected", "waiting", "setAside",
        ]
        .reduce(0) { $0 + (account[$1].int ?? -1_000) }
        #expect(account["made"].int == sum)
    }

    @Test func statusBeforeTheFirstSyncSaysSo() async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.participant, email: "ben@example.org")
        await harness.run("Ben", "join", token, "--name", "Ben")
        let result = await harness.run("Ben", "status", "--json")
        #expect(result.status == 0)
        #expect(try result.json["lastSyncAt"].isNull)
        #expect(try result.json["clockOffsetMs"].isNull)
        #expect(try result.json["complete"].bool == false)
        #expect(result.errors.contains("waymark sync"))
    }

    // MARK: Clocks

    @Test(
        arguments: [
            (3 * 3_600_000, "3 hours ahead of"), (-400 * 86_400_000, "1 year behind"),
            (150_000, "2 minutes ahead of"),
        ] as [(Int64, String)])
    func aWrongClockGetsOneSentence(offset: Int64, words: String) async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        harness.now = CommandHarness.start + 60_000 + offset
        harness.hub.advanceTime(toMilliseconds: CommandHarness.start + 60_000)
        let result = try await mia.expect(.success, "sync")
        #expect(result.errors.contains(words))
        let status = await harness.run("Mia", "status", "--json")
        #expect(try status.json["clockOffsetMs"].int == Int(offset))
        #expect(status.errors.contains(words))
    }

    @Test func anOffsetCountsWithinTheSameBootOnly() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        harness.now += 86_400_000
        try await mia.sync()
        #expect(try await mia.json("status")["clockOffsetMs"].int ?? 0 > 80_000_000)
        harness.reboot()
        let status = await harness.run("Mia", "status", "--json")
        #expect(try status.json["clockOffsetMs"].isNull)
        #expect(!status.errors.contains("clock"))
    }

    @Test func aClockThatIsNearlyRightGetsNone() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        harness.hub.advanceTime(toMilliseconds: harness.now + 100_000)
        let result = try await mia.expect(.success, "sync")
        #expect(!result.errors.contains("clock"))
    }

    // MARK: What the hub refused

    @Test func refusedChangesAreKeptToReadAndExport() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await mia.sync()
        try await mia.expect(.success, "profile", "set", "--bio", "I like\nmaps")
        harness.hub.refuseNextBatch(.notAllowed)
        let synced = try await mia.json("sync")
        #expect(synced["rejected"].items.count == 1)
        #expect(synced["rejected"][0]["record"].string == mia.member.text)
        #expect(synced["rejected"][0]["reason"].string == "notAllowed")

        let listed = try await mia.json("rejected", "list")
        #expect(listed.items.count == 1)
        #expect(listed[0]["entity"].string == "profile")
        #expect(listed[0]["values"]["bio"].string == "I like\nmaps")
        #expect(listed[0]["at"].string == "2026-06-01T10:00:00Z")
        let id = try #require(listed[0]["id"].string)
        let shown = try await mia.json("rejected", "show", String(id.prefix(6)))
        #expect(shown["id"].string == id)
        #expect(try await mia.json("status")["rejected"].int == 1)
        #expect(try await mia.json("profile", "show")["bio"].isNull)

        let file = harness.path("rejected.jsonl")
        let exported = try await mia.json("rejected", "export", "--to", file)
        #expect(exported["items"].int == 1)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(JSONRead(text)["values"]["bio"].string == "I like\nmaps")
        let again = await harness.run("Mia", "rejected", "export", "--to", file, "--json")
        #expect(again.status == 1)
        #expect(again.errorCode == "fileExists")
    }

    @Test func anUnknownRejectedItemIsNamed() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await mia.expect(.refused, "rejected", "show", "abcdef")
        try await mia.expect(.usage, "rejected", "show", "abc")
    }

    // MARK: Trust and standing

    @Test func aPinnedHomeDoesNotMoveToAnOpenLine() async throws {
        let token = try InvitationToken.make(
            invitation: RecordID(device: harness.hub.device, counter: 800),
            purpose: .join(.mentor), email: "mia@example.org",
            issuedAtMilliseconds: harness.now, expiresAtMilliseconds: harness.now + 86_400_000,
            hubKey: harness.hub.key.publicKey, hubURL: "https://hub.example.org",
            pin: [UInt8](repeating: 7, count: 32), programmeName: "Test",
            issuerKey: harness.hub.key, bearer: SigningKey()
        ).text
        #expect(await harness.run("Mia", "join", token, "--name", "Mia").status == 0)
        let before = harness.transport.requests
        let moved = await harness.run("Mia", "sync", "--hub", "http://127.0.0.1:8470", "--json")
        #expect(moved.status == 64)
        #expect(moved.errorCode == "invalidURL")
        #expect(harness.transport.requests == before)
        #expect(await harness.run("Mia", "sync").status == 0)
    }

    @Test(arguments: [
        ("deviceRevoked", "This device is revoked"),
        ("memberSuspended", "Your membership is suspended"),
    ])
    func whomTheHubRefusesLearnsWhatBecomesOfTheirWork(
        code: String, sentence: String
    ) async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await mia.sync()
        try await mia.expect(.success, "profile", "set", "--bio", "Maps")
        #expect(try await mia.json("status")["refusal"].isNull)
        harness.transport.become(.refuses(code: code, status: 403))
        #expect(await harness.run("Mia", "sync").status == 77)
        for command in [["status"], ["rejected", "list"]] {
            let run = await harness.run("Mia", command)
            #expect(run.errors.contains(sentence))
            #expect(run.errors.contains("1 change not sent is kept here; waymark export"))
        }
        #expect(await harness.run("Mia", "whoami").errors.contains(sentence))
        #expect(try await mia.json("whoami")["refusal"].string == code)
        #expect(try await mia.json("status")["refusal"].string == code)
        harness.transport.become(.good)
        try await mia.sync()
        #expect(try await mia.json("status")["refusal"].isNull)
        #expect(await !harness.run("Mia", "whoami").errors.contains(sentence))
    }
}
