import Foundation
import Model
import TestSupport
import Testing
import Wire

@testable import SyncClient

@Suite struct InviteCommandTests {
    private let harness: CommandHarness

    init() throws { harness = try CommandHarness() }

    @Test func mentorsInviteParticipantsOffline() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        harness.transport.become(.cut)
        harness.now += 3_600_000
        let result = try await mia.expect(
            .success, "invite", "participant", "--email", "ben@example.org", "--name", "Ben",
            "--json")
        let document = try result.json
        #expect(document["role"].string == "participant")
        #expect(document["email"].string == "ben@example.org")
        #expect(document["expiresAt"].string == "2026-06-02T11:00:00Z")
        let token = try #require(document["token"].string)
        let invitation = try InvitationToken.read(token).invitation
        #expect(invitation.invitation.text == document["id"].string)
        #expect(invitation.name == "Ben")
        #expect(invitation.certificate?.member == mia.member)
        // Whoever looks over the shoulder of a script must not find the token among messages.
        #expect(!result.errors.contains(token))

        harness.transport.become(.good)
        let joined = await harness.run("Ben", "join", token, "--json")
        #expect(joined.status == 0)
        #expect(try joined.json["member"]["id"].string == document["id"].string)
    }

    @Test func rolesThatMayNotInviteAreToldSo() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        let ben = try await harness.home(of: "Ben", as: .participant)
        try await mia.expect(.notAllowed, "invite", "mentor", "--email", "a@example.org")
        try await mia.expect(.notAllowed, "invite", "admin", "--email", "a@example.org")
        try await ben.expect(.notAllowed, "invite", "participant", "--email", "a@example.org")
        #expect(try await mia.json("invite", "list").items.isEmpty)
        #expect(try await mia.json("status")["unsent"]["changes"].int == 0)
    }

    @Test func adminsInviteEverybody() async throws {
        let ada = try await harness.home(of: "Ada", as: .admin)
        for role in ["participant", "mentor", "admin"] {
            let document = try await ada.json("invite", role, "--email", "\(role)@example.org")
            #expect(document["role"].string == role)
        }
    }

    @Test(arguments: ["0h", "1", "-3d", "91d", "soon"])
    func durationsThatAreNoneAreWrongUsage(text: String) async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        let result = await harness.run(
            "Mia", "invite", "participant", "--email", "a@example.org", "--valid-for=\(text)",
            "--json")
        #expect(result.status == 64)
        #expect(result.errorCode == "invalidDuration")
        #expect(try await mia.json("invite", "list").items.isEmpty)
    }

    @Test(arguments: ["", "ada", "@", "a b@c", "a@b@c"])
    func addressesThatAreNoneAreWrongUsage(text: String) async throws {
        try await harness.join("Mia", as: .mentor)
        let result = await harness.run("Mia", "invite", "participant", "--email", text)
        #expect(result.status == 64)
    }

    /// A laptop whose clock is a year behind would make tokens that have expired already.
    @Test func tokensAreNeverDatedBeforeTheHubTimeThatWasSeen() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        harness.now -= 365 * 86_400_000
        let document = try await mia.json("invite", "participant", "--email", "b@example.org")
        let token = try #require(document["token"].string)
        let invitation = try InvitationToken.read(token).invitation
        #expect(invitation.issuedAtMilliseconds >= CommandHarness.start)
        #expect(invitation.validity(at: CommandHarness.start + 3_600_000) == .valid)
    }

    @Test func beforeTheHubHasRedeemedOneNobodyCanBeInvited() async throws {
        harness.transport.become(.cut)
        let token = try harness.token(.mentor, email: "mia@example.org")
        await harness.run("Mia", "join", token, "--name", "Mia")
        let result = await harness.run(
            "Mia", "invite", "participant", "--email", "a@example.org", "--json")
        #expect(result.status == 1)
        #expect(result.errorCode == "pending")
    }

    @Test func listShowsWhereInvitationsStand() async throws {
        let mia = try await harness.home(of: "Mia", as: .mentor)
        func invite(_ name: String, _ validFor: String) async throws -> String {
            let document = try await mia.json(
                "invite", "participant", "--email", "\(name)@example.org", "--valid-for", validFor)
            return try #require(document["id"].string)
        }
        let open = try await invite("open", "7d")
        let expired = try await invite("expired", "1h")
        let revoked = try await invite("revoked", "7d")
        let redeemed = try await invite("redeemed", "7d")
        let shown = try await mia.json("invite", "revoke", String(revoked.prefix(8)))
        #expect(shown["state"].string == "revoked")
        try await mia.sync()
        let record = try #require(RecordID(text: redeemed))
        harness.hub.set(
            Fields.Invitation.redeemedBy, of: record, Schema.invitation,
            in: .invitations(by: mia.member), to: .reference(record))
        try await mia.sync()
        harness.now += 2 * 3_600_000

        let list = try await mia.json("invite", "list").items
        func state(_ id: String) -> String? {
            list.first { $0["id"].string == id }?["state"].string
        }
        #expect(state(open) == "open")
        #expect(state(expired) == "expired")
        #expect(state(revoked) == "revoked")
        #expect(state(redeemed) == "redeemed")
        #expect(list[0].keys.isSuperset(of: ["id", "role", "email", "expiresAt", "state"]))
        let late = await harness.run("Mia", "invite", "revoke", redeemed, "--json")
        #expect(late.status == 1)
        #expect(late.errorCode == "alreadyRedeemed")
    }

    // MARK: Devices

    @Test func aSecondLaptopBecomesOnesOwn() async throws {
        let ben = try await harness.home(of: "Ben", as: .participant)
        harness.now += 3_600_000
        let added = try await ben.json("device", "add", "--valid-for", "2h")
        #expect(added["expiresAt"].string == "2026-06-01T13:00:00Z")
        let token = try #require(added["token"].string)
        let joined = await harness.run(
            "Tablet", "join", token, "--device-name", "tablet", "--json")
        #expect(joined.status == 0)
        #expect(try joined.json["member"]["id"].string == ben.member.text)
        #expect(try joined.json["member"]["name"].string == "Ben")
        try await ben.sync()

        let devices = try await ben.json("device", "list")
        #expect(devices.items.count == 2)
        #expect(devices.items.compactMap { $0["name"].string }.contains("tablet"))
        #expect(devices.items.allSatisfy { $0["state"].string == "active" })
        let id = try #require(try joined.json["device"]["id"].string)
        let revoked = try await ben.json("device", "revoke", String(id.prefix(6)), "--stolen")
        #expect(revoked["state"].string == "stolen")
        let again = await harness.run("Ben", "device", "revoke", id, "--json")
        #expect(again.errorCode == "alreadyRevoked")
    }

    @Test func othersDevicesAreForAdmins() async throws {
        let ada = try await harness.home(of: "Ada", as: .admin)
        let ben = try await harness.home(of: "Ben", as: .participant)
        let mia = try await harness.home(of: "Mia", as: .mentor)
        try await harness.sync("Ada", "Ben", "Mia")
        try await mia.expect(.notAllowed, "device", "add", "--for", "Ben")
        let added = try await ada.json("device", "add", "--for", "Ben")
        let token = try #require(added["token"].string)
        #expect(try InvitationToken.read(token).invitation.member == ben.member)
        let list = try await ada.json("device", "list", "--for", "Ben")
        let device = try #require(list[0]["id"].string)
        try await mia.expect(.notAllowed, "device", "revoke", device)
        try await ada.expect(.success, "device", "revoke", device)
    }

    @Test func anUnknownDeviceIsNamed() async throws {
        let ben = try await harness.home(of: "Ben", as: .participant)
        try await ben.expect(.refused, "device", "revoke", "0123456789abcdef")
        try await ben.expect(.usage, "device", "revoke", "012")
    }
}
