import Cryptography
import Model
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct RedemptionTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    private func invite(_ role: Role = .mentor, validMilliseconds: Int64 = HubHarness.day) throws
        -> String
    {
        try harness.hub.invite(
            role, email: "new@example.org", name: nil, validMilliseconds: validMilliseconds,
            now: harness.time
        ).text
    }

    private func reason(_ body: () throws -> Void) -> HubError.Reason? {
        do {
            try body()
            return nil
        } catch {
            return HubError(describing: error).reason
        }
    }

    @Test func newMemberGetsProfileContactAndDevice() throws {
        let device = try harness.join(.mentor, name: "ada")
        let row = try #require(try harness.hub.members().first)
        #expect(row.id == device.member)
        #expect(row.role == .mentor)
        #expect(row.state == .active)
        #expect(row.email == "ada@example.org")
        let summary = try #require(try harness.hub.devices().first)
        #expect(summary.id == device.device)
        #expect(summary.name == "laptop")
    }

    @Test func firstDeviceWinsAndLoserIsTold() throws {
        let text = try invite()
        _ = try harness.redeem(text)
        #expect(reason { _ = try harness.redeem(text) } == .tokenUsed)
        #expect(try harness.hub.devices().count == 1)
    }

    @Test func sameKeyGetsTheSameCertificateAgain() throws {
        let text = try invite()
        let key = SigningKey()
        let first = try harness.redeem(text, key: key)
        harness.pass(2 * HubHarness.day)
        let second = try harness.redeem(text, key: key)
        #expect(first.certificate == second.certificate)
        #expect(try harness.hub.devices().count == 1)
    }

    @Test func expiredInvitationIsRefusedByHubTime() throws {
        let text = try invite(validMilliseconds: 60_000)
        harness.pass(60_000)
        #expect(reason { _ = try harness.redeem(text) } == .tokenExpired)
    }

    @Test func invitationOfAClockThatIsAheadIsAccepted() throws {
        let mentor = try harness.join(.mentor)
        let later = HubTime(milliseconds: harness.time.milliseconds + 300 * HubHarness.day)
        let made = try mentor.invitation(.join(.participant), at: later)
        _ = try harness.redeem(made.text)
        #expect(try harness.hub.members().count == 2)
    }

    @Test func revokedInvitationIsRefused() throws {
        let mentor = try harness.join(.mentor)
        let made = try mentor.invitation(.join(.participant), at: harness.time)
        let changes = mentor.create(
            Schema.invitation, made.token.invitation,
            [
                Fields.Invitation.role: .integer(Role.participant.rawValue),
                Fields.Invitation.expiresAt: .integer(made.token.expiresAtMilliseconds),
                Fields.Invitation.revoked: .boolean(true),
            ])
        try harness.push(mentor, mentor.batch(.invitations(by: mentor.member), changes))
        #expect(reason { _ = try harness.redeem(made.text) } == .tokenRevoked)
    }

    @Test func suspendedIssuerIsNotEntitled() throws {
        let mentor = try harness.join(.mentor)
        let made = try mentor.invitation(.join(.participant), at: harness.time)
        try harness.hub.suspend(mentor.member, now: harness.time)
        #expect(reason { _ = try harness.redeem(made.text) } == .issuerNotEntitled)
    }

    @Test func revokedDeviceOfIssuerIsNotEntitled() throws {
        let mentor = try harness.join(.mentor)
        let made = try mentor.invitation(.join(.participant), at: harness.time)
        try harness.hub.revoke(mentor.device, isStolen: true, now: harness.time)
        #expect(reason { _ = try harness.redeem(made.text) } == .issuerNotEntitled)
    }

    @Test func raisedRoleIsRefused() throws {
        let mentor = try harness.join(.mentor)
        #expect(throws: InvitationError.self) {
            try mentor.invitation(.join(.admin), at: harness.time)
        }
    }

    @Test func invitationOfAnotherProgrammeIsRefused() throws {
        let other = try HubHarness()
        let text = try other.hub.invite(
            .mentor, email: "x@example.org", name: nil, validMilliseconds: HubHarness.day,
            now: harness.time
        ).text
        #expect(reason { _ = try harness.redeem(text) } == .wrongProgramme)
    }

    @Test func copiedRedemptionIsWorthless() throws {
        let text = try invite()
        let (invitation, _) = try InvitationToken.read(text)
        let thief = SigningKey()
        let request = RedeemRequest.make(
            token: invitation.token, bearer: SigningKey(), device: thief, deviceName: "thief")
        #expect(
            reason {
                _ = try harness.hub.redeem(
                    request.sealed(by: thief).encodedBytes, now: harness.time)
            } == .badSignature)
    }

    @Test func damagedTokenIsRefused() throws {
        let (invitation, bearer) = try InvitationToken.read(invite())
        let key = SigningKey()
        let request = RedeemRequest.make(
            token: String(invitation.token.dropLast(4)) + "AAAA", bearer: bearer, device: key,
            deviceName: "x")
        #expect(
            reason {
                _ = try harness.hub.redeem(request.sealed(by: key).encodedBytes, now: harness.time)
            } == .tokenDamaged)
    }

    @Test func mentorsInvitationMakesTheMentorship() throws {
        let (mentor, participant) = try harness.pair()
        let isMentor = try harness.hub.database.read {
            try HubFacts($0).isCurrentMentor(mentor.member, of: participant.member)
        }
        #expect(isMentor)
    }

    @Test func adminsInvitationOfAParticipantMakesNoMentorship() throws {
        let admin = try harness.join(.admin)
        let made = try admin.invitation(.join(.participant), at: harness.time)
        _ = try harness.redeem(made.text)
        let count = try harness.hub.database.read {
            try $0.count("SELECT count(*) FROM mentorship")
        }
        #expect(count == 0)
    }

    @Test func linkAddsADeviceToTheSameMember() throws {
        let mentor = try harness.join(.mentor)
        let second = try harness.redeem(
            mentor.invitation(.link(mentor.member), at: harness.time).text)
        #expect(second.member == mentor.member)
        #expect(try harness.hub.members().count == 1)
        #expect(try harness.hub.devices().count == 2)
        let third = try harness.redeem(
            harness.hub.inviteDevice(
                of: mentor.member, validMilliseconds: HubHarness.day, now: harness.time
            ).text)
        #expect(third.member == mentor.member)
    }

    @Test func nobodyBecomesSomebodyElseByAnInvitationsID() throws {
        // The invitation's id would be that of a member: the mentor's own device made both.
        let mentor = try harness.join(.mentor)
        let made = try mentor.invitation(.join(.participant), at: harness.time)
        _ = try harness.redeem(made.text)
        let again = try InvitationToken.make(
            invitation: made.token.invitation, purpose: .join(.participant),
            issuedAtMilliseconds: harness.time.milliseconds,
            expiresAtMilliseconds: harness.time.milliseconds + HubHarness.day,
            hubKey: mentor.hubKey, hubURL: "https://localhost", programmeName: "Test",
            certificate: mentor.certificate, issuerKey: mentor.key, bearer: SigningKey())
        #expect(reason { _ = try harness.redeem(again.text) } == .tokenUsed)
    }

    /// A laptop that was restored from a backup may give one id to two invitations.
    @Test func tokenThatSaysOtherThanItsRecordIsRefused() throws {
        let harness = try HubHarness()
        let mentor = try harness.join(.mentor, name: "mentor")
        let first = try mentor.invitation(.join(.participant), at: harness.time)
        let record = mentor.create(
            Schema.invitation, first.token.invitation,
            [
                Fields.Invitation.role: .integer(Role.participant.rawValue),
                Fields.Invitation.email: .text("somebody.else@example.org"),
                Fields.Invitation.expiresAt: .integer(first.token.expiresAtMilliseconds),
            ])
        let batch = mentor.batch(.invitations(by: mentor.member), record)
        #expect(try harness.refusal(of: batch, in: harness.push(mentor, batch)) == nil)
        let error = #expect(throws: HubError.self) { try harness.redeem(first.text) }
        #expect(error?.code == "tokenRevoked")
    }
}
