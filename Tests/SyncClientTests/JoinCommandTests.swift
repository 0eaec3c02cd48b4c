import Foundation
import Model
import Replica
import Testing

@testable import SyncClient

@Suite struct JoinCommandTests {
    private let harness: CommandHarness

    init() throws { harness = try CommandHarness() }

    @Test func joiningGivesMemberDeviceHubAndState() async throws {
        let token = try harness.token(.mentor, email: "mia@example.org")
        let result = await harness.run("Mia", "join", token, "--name", "Mia", "--json")
        #expect(result.status == 0)
        let document = try result.json
        #expect(document["state"].string == "joined")
        #expect(document["member"]["name"].string == "Mia")
        #expect(document["member"]["role"].string == "mentor")
        #expect(document["member"]["id"].string == (try harness.member("Mia").text))
        #expect(document["device"]["id"].string?.count == 16)
        #expect(document["hub"]["url"].string == "https://hub.example.org")
        #expect(document["hub"]["id"].string?.count == 32)
    }

    @Test func withoutAHubOneCanWorkAndTheNextSyncRedeems() async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.participant, email: "ben@example.org")
        let joined = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(joined.status == 0)
        #expect(try joined.json["state"].string == "pending")
        #expect(joined.errors.contains("cannot be reached"))
        #expect(await harness.run("Ben", "task", "add", "Read").status == 0)
        let unsynced = await harness.run("Ben", "sync", "--json")
        #expect(unsynced.status == 69)
        #expect(unsynced.errorCode == "hubUnreachable")

        harness.transport.become(.good)
        #expect(await harness.run("Ben", "sync").status == 0)
        #expect(try await harness.run("Ben", "whoami", "--json").json["state"].string == "joined")
        #expect(try await harness.run("Ben", "status", "--json").json["unsent"]["changes"].int == 0)
    }

    @Test func joiningAgainWithTheSameInvitationGoesOn() async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.participant, email: "ben@example.org")
        await harness.run("Ben", "join", token, "--name", "Ben")
        harness.transport.become(.good)
        let again = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(again.status == 0)
        #expect(try again.json["state"].string == "joined")
        let third = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(third.status == 1)
        #expect(third.errorCode == "alreadyJoined")
    }

    @Test func damagedInvitationsAreRefusedAndLeaveNothing() async throws {
        let token = try harness.token(.participant, email: "ben@example.org")
        let cut = String(token.prefix(token.count / 2))
        let withoutSecret = String(token.prefix { $0 != "~" })
        for text in ["hello", cut, withoutSecret, token + "x", ""] {
            let result = await harness.run("Ben", "join", text, "--name", "Ben", "--json")
            #expect(result.status == 65 || text.isEmpty && result.status == 64)
            #expect(!FileManager.default.fileExists(atPath: harness.home(of: "Ben")))
        }
    }

    @Test(arguments: ["tokenUsed", "tokenExpired", "tokenRevoked", "issuerNotEntitled"])
    func whatTheHubRefusesLeavesNothing(code: String) async throws {
        harness.transport.become(.refuses(code: code, status: 403))
        let token = try harness.token(.participant, email: "ben@example.org")
        let result = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(result.status == 65)
        #expect(result.errorCode == code)
        #expect(!FileManager.default.fileExists(atPath: harness.home(of: "Ben")))
    }

    @Test func workDoneBeforeTheHubRefusesIsKept() async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.participant, email: "ben@example.org")
        await harness.run("Ben", "join", token, "--name", "Ben")
        await harness.run("Ben", "task", "add", "Read")
        harness.transport.become(.refuses(code: "tokenUsed", status: 403))
        let result = await harness.run("Ben", "join", token, "--json")
        #expect(result.status == 65)
        #expect(try await harness.run("Ben", "task", "list", "--json").json.items.count == 1)
    }

    /// Somebody else used the invitation, or it expired, while one was working without a network.
    @Test func anotherInvitationTakesAlongWhatWasWritten() async throws {
        harness.transport.become(.cut)
        let first = try harness.token(.participant, email: "ben@example.org")
        await harness.run("Ben", "join", first, "--name", "Ben")
        let added = await harness.run("Ben", "task", "add", "Read", "--json")
        let old = try #require(try added.json["id"].string)
        await harness.run("Ben", "journal", "write", "A good start.")
        await harness.run("Ben", "profile", "set", "--bio", "Reads")
        let before = try harness.replica(of: "Ben").identity

        let second = try harness.token(.participant, email: "benjamin@example.org")
        let joined = await harness.run("Ben", "join", second, "--json")
        #expect(joined.status == 0)
        #expect(try joined.json["state"].string == "pending")
        harness.transport.become(.good)
        #expect(await harness.run("Ben", "sync").status == 0)

        let after = try harness.replica(of: "Ben").identity
        #expect(after.member != before.member)
        #expect(after.device != before.device)
        let who = try await harness.run("Ben", "whoami", "--json").json
        #expect(who["state"].string == "joined")
        #expect(who["member"]["name"].string == "Ben")
        #expect(who["member"]["email"].string == "benjamin@example.org")
        let tasks = try await harness.run("Ben", "task", "list", "--json").json
        #expect(tasks[0]["title"].string == "Read")
        #expect(tasks[0]["id"].string != old)
        #expect(tasks[0]["for"]["id"].string ?? tasks[0]["for"].string == after.member.text)
        let entries = try await harness.run("Ben", "journal", "list", "--json").json
        #expect(entries[0]["body"].string == "A good start.")
        let status = try await harness.run("Ben", "status", "--json").json
        #expect(status["unsent"]["changes"].int == 0)
        #expect(status["rejected"].int == 0)
        #expect(await harness.run("Ben", "doctor").status == 0)
        // Who has joined takes no other invitation.
        let third = try harness.token(.participant, email: "ben@example.org")
        #expect(await harness.run("Ben", "join", third, "--json").errorCode == "alreadyJoined")
    }

    @Test func anotherHubGetsNothing() async throws {
        harness.transport.become(.otherHub)
        let token = try harness.token(.participant, email: "ben@example.org")
        let result = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(result.status == 1)
        #expect(result.errorCode == "wrongHub")
        #expect(harness.transport.requests == 0)
        #expect(!FileManager.default.fileExists(atPath: harness.home(of: "Ben")))
    }

    @Test func aLineThatBreaksAfterRedeemingLeavesAMember() async throws {
        harness.transport.become(.breaksAfter(requests: 1))
        let token = try harness.token(.participant, email: "ben@example.org")
        let result = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(result.status == 0)
        #expect(try result.json["state"].string == "joined")
        #expect(result.errors.contains("first sync"))
    }

    // MARK: Clocks

    @Test func anExpiredInvitationIsRefusedOfflineWhereTheClockMayBeRight() async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.participant, email: "ben@example.org")
        harness.now += 25 * 3_600_000
        let result = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(result.status == 65)
        #expect(result.errorCode == "tokenExpired")
        #expect(!FileManager.default.fileExists(atPath: harness.home(of: "Ben")))
    }

    @Test(arguments: [-400, 400])
    func aClockFarOffIsUncertainAndNoReasonToRefuse(days: Int64) async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.participant, email: "ben@example.org")
        harness.now += days * 86_400_000
        let result = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(result.status == 0)
        #expect(try result.json["state"].string == "pending")
        #expect(result.errors.contains("uncertain"))
    }

    @Test func theHubJudgesAnInvitationThatLooksExpired() async throws {
        let token = try harness.token(.participant, email: "ben@example.org")
        harness.now += 25 * 3_600_000
        let result = await harness.run("Ben", "join", token, "--name", "Ben", "--json")
        #expect(result.status == 0)
        #expect(try result.json["state"].string == "joined")
        #expect(result.errors.contains("clock is 1 day ahead"))
    }

    // MARK: Arguments

    @Test func theNameComesFromTheInvitationWhereItHasOne() async throws {
        let named = try harness.token(.mentor, email: "mia@example.org", name: "Mia Maier")
        let joined = await harness.run("Mia", "join", named, "--json")
        #expect(try joined.json["member"]["name"].string == "Mia Maier")
        let nameless = try harness.token(.mentor, email: "tom@example.org")
        let failed = await harness.run("Tom", "join", nameless, "--json")
        #expect(failed.status == 64)
        #expect(failed.errorCode == "missingName")
    }

    @Test func theInvitationCanComeFromStandardInput() async throws {
        let token = try harness.token(.participant, email: "ben@example.org")
        let result = await harness.run("Ben", "join", "-", "--name", "Ben", input: token + "\n")
        #expect(result.status == 0)
    }

    @Test(arguments: [
        "http://hub.example.org", "ftp://127.0.0.1", "hub", "https://", "https://a/b",
    ])
    func addressesThatAreNoneAreWrongUsage(url: String) async throws {
        let token = try harness.token(.participant, email: "ben@example.org")
        let result = await harness.run(
            "Ben", "join", token, "--name", "Ben", "--hub", url, "--json")
        #expect(result.status == 64)
        #expect(result.errorCode == "invalidURL")
    }

    @Test func whoamiNamesMemberDeviceAndHub() async throws {
        try await harness.join("Mia", as: .mentor)
        let document = try await harness.run("Mia", "whoami", "--json").json
        #expect(document["member"]["email"].string == "mia@example.org")
        #expect(document["member"]["role"].string == "mentor")
        #expect(document["device"]["name"].string == "Mias-laptop")
        #expect(document["hub"]["name"].string == "Test")
    }

    @Test func withoutAReplicaCommandsSayHowToGetOne() async {
        let result = await harness.run("Nobody", "whoami", "--json")
        #expect(result.status == 1)
        #expect(result.errorCode == "noReplica")
        #expect(result.errors.contains("waymark join"))
    }

    // MARK: Joining under bad conditions

    private func joinBen() async throws -> CommandResult {
        let token = try harness.token(.participant, email: "ben@example.org")
        return await harness.run("Ben", "join", token, "--name", "Ben", "--json")
    }

    private func expectPendingUntilTheNextSync(_ result: CommandResult) async throws {
        #expect(result.status == 0)
        #expect(try result.json["state"].string == "pending")
        harness.transport.become(.good)
        #expect(await harness.run("Ben", "sync").status == 0)
        #expect(try await harness.run("Ben", "whoami", "--json").json["state"].string == "joined")
    }

    @Test func somethingElseThatAnswersLeavesJoiningPending() async throws {
        harness.transport.become(.garbage)
        let result = try await joinBen()
        #expect(result.errors.contains("What answered is not the hub"))
        try await expectPendingUntilTheNextSync(result)
    }

    @Test(arguments: [
        BreakableTransport.Condition.busy, .refuses(code: "tooManyRequests", status: 429),
        .refuses(code: "busy", status: 503),
    ])
    func aBusyHubIsNotCalledUnreachable(condition: BreakableTransport.Condition) async throws {
        harness.transport.become(condition)
        let result = try await joinBen()
        #expect(result.errors.contains("The hub is busy."))
        #expect(!result.errors.contains("reached"))
        try await expectPendingUntilTheNextSync(result)
    }

    /// As a join on a full disk left it.
    @Test func theStumpOfAKeyIsNoObstacle() async throws {
        let home = harness.home(of: "Ben")
        try FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: home + "/device.key"))
        #expect(try await joinBen().status == 0)
        #expect(await harness.run("Ben", "task", "add", "Read").status == 0)
    }
}
