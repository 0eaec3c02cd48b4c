import Cryptography
import Foundation
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// Paging, grants and digests, seen through real replicas.
@Suite struct SyncTests {
    private func tasks(_ replica: Replica) throws -> Int {
        try replica.read { try $0.records(of: Schema.task).count }
    }

    private func addTasks(
        _ count: Int, to participant: MemberID, by replica: Replica, at time: HubTime
    ) throws {
        for index in 0..<count {
            try replica.act("task add", at: ClaimedTime(milliseconds: time.milliseconds)) {
                action in
                try action.create(
                    Schema.task, in: .participant(participant),
                    values: [
                        Fields.Task.title: .text(
                            "Task \(index) \(RandomBytes.generate(count: 40))"),
                        Fields.Task.status: .integer(TaskStatus.open.rawValue),
                    ])
            }
        }
    }

    /// A mentor's invitation, made on their replica, redeemed by a new replica.
    private func invited(_ name: String, by mentor: Replica, _ harness: HubHarness) throws
        -> Replica
    {
        let certificate = try harness.hub.database.read {
            try $0.certificate(of: mentor.identity.device)
        }
        let record = try mentor.act(
            "invite", at: ClaimedTime(milliseconds: harness.time.milliseconds)
        ) { action in
            try action.create(
                Schema.invitation, in: .invitations(by: mentor.identity.member),
                values: [
                    Fields.Invitation.role: .integer(Role.participant.rawValue),
                    Fields.Invitation.expiresAt: .integer(
                        harness.time.milliseconds + HubHarness.day),
                ])
        }
        let key = try KeyFile.read(mentor.home + "/device.key")
        let made = try InvitationToken.make(
            invitation: record, purpose: .join(.participant), email: "\(name)@example.org",
            issuedAtMilliseconds: harness.time.milliseconds,
            expiresAtMilliseconds: harness.time.milliseconds + HubHarness.day,
            hubKey: harness.hub.key.publicKey, hubURL: "https://localhost", programmeName: "Test",
            certificate: DeviceCertificate.Signed(encodedBytes: certificate ?? []),
            issuerKey: key, bearer: SigningKey())
        return try harness.replica(made.text, name: name)
    }

    @Test func twoReplicasSeeEachOthersWork() async throws {
        let harness = try HubHarness()
        let mentor = try harness.replica(.mentor, name: "mentor")
        try await harness.sync(mentor)
        let participant = try invited("participant", by: mentor, harness)
        try await harness.sync(participant)
        try await harness.sync(mentor)
        try addTasks(3, to: participant.identity.member, by: mentor, at: harness.time)
        try await harness.sync(mentor)
        try await harness.sync(participant)
        #expect(try tasks(participant) == 3)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test(arguments: [2_000, 20_000, Limits.pageBytesTarget])
    func firstSyncGetsEverythingWhateverThePageSize(bytesTarget: Int) async throws {
        let harness = try HubHarness(pageBytesTarget: bytesTarget)
        let mentor = try harness.replica(.mentor, name: "mentor")
        try await harness.sync(mentor)
        let participant = try invited("participant", by: mentor, harness)
        try await harness.sync(participant)
        try await harness.sync(mentor)
        for _ in 0..<8 {
            try addTasks(5, to: participant.identity.member, by: mentor, at: harness.time)
            try await harness.sync(mentor)
        }
        let report = try await harness.sync(participant)
        #expect(try tasks(participant) == 40)
        #expect(bytesTarget > 10_000 || report.roundTrips > 2)
        // A second laptop of the participant starts from nothing.
        let link = try harness.hub.inviteDevice(
            of: participant.identity.member, validMilliseconds: HubHarness.day, now: harness.time)
        let second = try harness.replica(link.text, name: "second")
        let first = try await harness.sync(second)
        #expect(try tasks(second) == 40)
        #expect(bytesTarget > 10_000 || first.roundTrips > 3)
        let idle = try await harness.sync(second)
        #expect(idle.roundTrips == 1)
        #expect(idle.bytesSent + idle.bytesReceived <= 600)
    }

    @Test func endedMentorshipTakesTheParticipantAway() async throws {
        let harness = try HubHarness()
        let admin = try harness.replica(.admin, name: "admin")
        try await harness.sync(admin)
        let mentor = try harness.replica(.mentor, name: "mentor")
        try await harness.sync(mentor)
        let participant = try invited("participant", by: mentor, harness)
        try await harness.sync(participant)
        try await harness.sync(mentor)
        let scope = Scope.participant(participant.identity.member)
        try addTasks(2, to: participant.identity.member, by: mentor, at: harness.time)
        try await harness.sync(mentor)
        #expect(try tasks(mentor) == 2)

        try await harness.sync(admin)
        #expect(try tasks(admin) == 2)
        let pair = Scope.pair(
            mentor: mentor.identity.member, participant: participant.identity.member)
        try admin.act("mentorship end", at: ClaimedTime(milliseconds: harness.time.milliseconds)) {
            action in
            let mentorship = try #require(
                try action.reader.records(of: Schema.mentorship).first)
            try action.set(
                Fields.Mentorship.ended, of: mentorship.id, Schema.mentorship, in: pair,
                to: .boolean(true))
        }
        try await harness.sync(admin)
        let report = try await harness.sync(mentor)
        #expect(report.departedScopes.contains(scope))
        #expect(report.departedScopes.contains(.contact(of: participant.identity.member)))
        #expect(try tasks(mentor) == 0)
        try await harness.sync(participant)
        #expect(try tasks(participant) == 2)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func newMentorGetsTheHistory() async throws {
        let harness = try HubHarness(pageBytesTarget: 4_000)
        let admin = try harness.replica(.admin, name: "admin")
        try await harness.sync(admin)
        let mentor = try harness.replica(.mentor, name: "mentor")
        let other = try harness.replica(.mentor, name: "other")
        try await harness.sync(mentor)
        try await harness.sync(other)
        let participant = try invited("participant", by: mentor, harness)
        try await harness.sync(participant)
        try await harness.sync(mentor)
        for _ in 0..<4 {
            try addTasks(10, to: participant.identity.member, by: mentor, at: harness.time)
            try await harness.sync(mentor)
        }
        try await harness.sync(admin)
        try await harness.sync(other)
        #expect(try tasks(other) == 0)
        let pair = Scope.pair(
            mentor: other.identity.member, participant: participant.identity.member)
        let now = ClaimedTime(milliseconds: harness.time.milliseconds)
        try admin.act("assign", at: now) { action in
            try action.create(
                Schema.mentorship, in: pair,
                values: [
                    Fields.Mentorship.mentor: .member(other.identity.member),
                    Fields.Mentorship.participant: .member(participant.identity.member),
                ])
        }
        try await harness.sync(admin)
        let report = try await harness.sync(other)
        #expect(report.gainedScopes.contains(.participant(participant.identity.member)))
        #expect(try tasks(other) == 40)
        #expect(try await harness.sync(other).roundTrips == 1)
    }

    @Test func differentDigestIsAnsweredWithHeads() throws {
        let harness = try HubHarness()
        let device = try harness.join(.mentor)
        let head = try harness.hub.status().position
        let request = device.request(position: head)
        let answer = try device.open(
            harness.hub.sync(request.sealed(by: device.key).encodedBytes, now: harness.time),
            request)
        #expect(answer.entries.isEmpty)
        #expect(answer.heads.contains { $0.scope == .programme })
    }

    @Test func nobodyGetsScopesOfOthers() throws {
        let harness = try HubHarness()
        let (mentor, participant) = try harness.pair()
        let secret = participant.create(
            Schema.journalEntry, participant.newID(),
            [Fields.JournalEntry.body: .text("private words")])
        try harness.push(participant, participant.batch(.own(participant.member), secret))
        let admin = try harness.join(.admin, name: "admin")
        for device in [mentor, admin] {
            let answer = try harness.push(device)
            #expect(!answer.grants.contains { $0.scope == .own(participant.member) })
            for entry in answer.entries {
                for section in entry.batch?.sections ?? [] {
                    #expect(try section.outline().scope != .own(participant.member))
                }
            }
        }
    }
}
