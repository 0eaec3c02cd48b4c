import Foundation
import Logging
import Model
import Replica
import TestSupport
import Testing

@testable import SyncServer

/// What the hub tells by mail, to whom, and what becomes of mails that are not taken.
@Suite(.timeLimit(.minutes(5))) struct MailServiceTests {
    private let harness: HubHarness
    private let mentor: Replica
    private let participant: Replica
    private let admin: Replica
    private let mails: String
    private let status: String

    init() async throws {
        harness = try HubHarness()
        mails = harness.folder + "/mails"
        status = harness.folder + "/status"
        let program = harness.folder + "/sendmail"
        // A command that notes what it is given and ends as it is told to.
        let script = """
            #!/bin/sh
            code=$(cat '\(status)' 2>/dev/null || echo 0)
            if [ "$code" = hang ]; then exec sleep 60; fi
            if [ "$code" != 0 ]; then echo 'not now' >&2; exit "$code"; fi
            { echo "ARGS $*"; cat; echo; echo END; } >> '\(mails)'
            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: program))
        #expect(chmod(program, 0o755) == 0)
        mentor = try harness.replica(.mentor, name: "mentor")
        participant = try harness.replica(.participant, name: "participant")
        try await harness.sync(mentor)
        try await harness.sync(participant)
        admin = try harness.replica(.admin, name: "admin")
        try await harness.sync(admin)
        let pair = Scope.pair(
            mentor: mentor.identity.member, participant: participant.identity.member)
        let time = ClaimedTime(milliseconds: harness.time.milliseconds)
        try admin.act("assign", at: time) { action in
            try action.create(
                Schema.mentorship, in: pair,
                values: [
                    Fields.Mentorship.mentor: .member(pair.members[0]),
                    Fields.Mentorship.participant: .member(pair.members[1]),
                ])
        }
        for replica in [admin, mentor, participant] { try await harness.sync(replica) }
        try harness.hub.set(
            mail: .init(from: try #require(MailAddress("hub@example.org")), program: program))
    }

    private var now: ClaimedTime { ClaimedTime(milliseconds: harness.time.milliseconds) }

    private func work() async {
        let time = harness.time
        await MailService.work(
            harness.hub, now: { time },
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            })
    }

    private func sent() -> [String] {
        let text = (try? String(contentsOfFile: mails, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "END\n").filter { !$0.isEmpty }
    }

    private func giveTask(_ title: String) async throws {
        try mentor.act("task", at: now) { action in
            try action.create(
                Schema.task, in: .participant(participant.identity.member),
                values: [Fields.Task.title: .text(title), Fields.Task.status: .integer(1)])
        }
        try await harness.sync(mentor)
    }

    private func choose(_ mail: MailPreference) async throws {
        let member = participant.identity.member
        try participant.act("settings", at: now) { action in
            try action.create(
                Schema.settings, in: .own(member), id: member.recordID,
                values: [Fields.Settings.mail: .integer(mail.rawValue)])
        }
        try await harness.sync(participant)
    }

    @Test func oneMailTellsWhatHasGathered() async throws {
        try await choose(.prompt)
        await work()
        #expect(sent().isEmpty)
        for number in 1...20 { try await giveTask("Private title \(number)") }
        await work()
        #expect(try harness.hub.mailStatus().waitingNotices == 20)
        #expect(sent().isEmpty)
        harness.pass(MailPlan.gatherMilliseconds)
        await work()
        await work()
        let mail = try #require(sent().first)
        #expect(sent().count == 1)
        #expect(mail.hasPrefix("ARGS -t -i -f hub@example.org\n"))
        #expect(mail.contains("To: <participant@example.org>\n"))
        #expect(mail.contains("Subject: 20 new things in Test\n"))
        #expect(mail.contains("- mentor gave you a task (20 times)\n"))
        #expect(!mail.contains("Private"))
        #expect(mail.contains("--mail none"))
        #expect(try harness.hub.mailStatus().waitingNotices == 0)
        #expect(try harness.hub.mailStatus().lastSentAt == harness.time.milliseconds)
    }

    @Test func withoutAWordItIsOneADay() async throws {
        try await giveTask("a")
        await work()
        harness.pass(3_600_000)
        try await giveTask("b")
        await work()
        #expect(sent().isEmpty)
        harness.pass(HubHarness.day)
        await work()
        #expect(sent().count == 1)
        #expect(sent()[0].contains("2 new things"))
    }

    @Test func meetingsAreToldWithTheirTimeAndNoTopic() async throws {
        let slot = try mentor.act("slot", at: now) { action in
            try action.create(
                Schema.slot, in: .slots(of: mentor.identity.member),
                values: [
                    Fields.Slot.start: .integer(harness.time.milliseconds + HubHarness.day),
                    Fields.Slot.minutes: .integer(45), Fields.Slot.capacity: .integer(1),
                ])
        }
        try await harness.sync(mentor)
        try await harness.sync(participant)
        let pair = Scope.pair(
            mentor: mentor.identity.member, participant: participant.identity.member)
        try participant.act("request", at: now) { action in
            try action.create(
                Schema.booking, in: pair,
                values: [
                    Fields.Booking.slot: .reference(slot),
                    Fields.Booking.topic: .text("A private topic"),
                ])
        }
        try await harness.sync(participant)
        await work()
        harness.pass(23 * 3_600_000 - 1)
        await work()
        #expect(sent().isEmpty)
        harness.pass(1)
        await work()
        let mails = sent()
        #expect(mails.count == 2)
        #expect(!mails.contains { $0.contains("private") })
        let asked = mails.first { $0.contains("To: <mentor@example.org>") }
        #expect(
            asked?.contains("- participant asks for a meeting on Sat 2027-01-16 08:00\n") == true)
        let held = mails.first { $0.contains("To: <participant@example.org>") }
        let line = "- The meeting with mentor on Sat 2027-01-16 08:00 waits for approval\n"
        #expect(held?.contains(line) == true)
    }

    @Test func whatIsReadOrTakenBackIsNotMailed() async throws {
        try await choose(.prompt)
        try await giveTask("read on the laptop")
        try await harness.sync(participant)
        try participant.act("read", at: now) { action in
            try action.markRead(Array(action.reader.unreadNotifications()))
        }
        try await harness.sync(participant)
        await work()
        harness.pass(MailPlan.gatherMilliseconds)
        await work()
        #expect(sent().isEmpty)
        #expect(try harness.hub.mailStatus().waitingNotices == 0)
    }

    @Test func whoWantsNoneGetsNone() async throws {
        try await choose(.none)
        try await giveTask("a")
        await work()
        harness.pass(2 * HubHarness.day)
        await work()
        #expect(sent().isEmpty)
        #expect(try harness.hub.mailStatus().waitingMembers == 0)
        try harness.hub.set(mail: nil)
        try await giveTask("b")
        await work()
        #expect(try harness.hub.mailStatus().waitingMembers == 0)
        #expect(try harness.hub.mailStatus().from == nil)
    }

    @Test func whatIsNotTakenIsTriedAgain() async throws {
        try await choose(.prompt)
        try await giveTask("a")
        await work()
        harness.pass(MailPlan.gatherMilliseconds)
        try Data("75".utf8).write(to: URL(fileURLWithPath: status))
        await work()
        await work()
        let failed = try harness.hub.mailStatus()
        #expect(failed.waitingNotices == 1)
        #expect(failed.failures.map(\.text) == ["Exit status 75: not now"])
        #expect(failed.failures.first?.attempts == 1)
        harness.pass(MailPlan.pauseMilliseconds(afterAttempts: 1))
        await work()
        #expect(try harness.hub.mailStatus().failures.first?.attempts == 2)
        try FileManager.default.removeItem(atPath: status)
        harness.pass(MailPlan.pauseMilliseconds(afterAttempts: 2) - 1)
        await work()
        #expect(sent().isEmpty)
        harness.pass(1)
        await work()
        #expect(sent().count == 1)
        #expect(try harness.hub.mailStatus().failures.isEmpty)
        // A recipient who does not exist is not tried again.
        try await giveTask("b")
        await work()
        harness.pass(MailPlan.gatherMilliseconds)
        try Data("67".utf8).write(to: URL(fileURLWithPath: status))
        await work()
        #expect(try harness.hub.mailStatus().waitingNotices == 0)
        #expect(try harness.hub.mailStatus().failures.map(\.text) == ["Exit status 67: not now"])
    }

    @Test func aRestartLosesNothingAndSendsNothingTwice() async throws {
        try await choose(.prompt)
        try await giveTask("a")
        // Nobody has looked yet when the hub stops.
        try harness.hub.close()
        let again = try Hub.open(HubFolder(harness.folder + "/hub"))
        #expect(try again.gatherMail(now: harness.time))
        #expect(try !again.gatherMail(now: harness.time))
        try again.close()
        let later = HubTime(
            milliseconds: harness.time.milliseconds + MailPlan.gatherMilliseconds)
        let third = try Hub.open(HubFolder(harness.folder + "/hub"))
        let due = try third.dueMails(now: later)
        #expect(due.count == 1)
        // The same mail has the same name, should it be handed over and the note of it be lost.
        #expect(try third.dueMails(now: later).map(\.message.id) == due.map(\.message.id))
        try third.note(.taken, of: due[0], now: later)
        #expect(try third.dueMails(now: later).isEmpty)
        #expect(try !third.gatherMail(now: later))
        #expect(try third.verify().fault == nil)
        try third.close()
    }

    @Test func aCommandThatHangsIsEnded() async throws {
        try Data("hang".utf8).write(to: URL(fileURLWithPath: status))
        let outcome = await SendmailRun.send(
            [1, 2, 3], from: try #require(MailAddress("hub@example.org")),
            program: harness.folder + "/sendmail", timeoutSeconds: 0.2)
        #expect(outcome == .later("It took more than 1 seconds."))
        let missing = await SendmailRun.send(
            [1], from: try #require(MailAddress("hub@example.org")),
            program: harness.folder + "/nothing")
        #expect(missing == .later("\(harness.folder)/nothing cannot be started."))
    }

    @Test func aSuspendedMemberHearsOfThatAlone() async throws {
        try await choose(.prompt)
        try await giveTask("a")
        try harness.hub.suspend(participant.identity.member, now: harness.time)
        await work()
        harness.pass(MailPlan.gatherMilliseconds)
        await work()
        let mail = try #require(sent().first { $0.contains("participant@example.org") })
        #expect(mail.contains("- You are suspended"))
        #expect(!mail.contains("task"))
    }

    private func endMentorship() async throws {
        let mentorship = try #require(
            try admin.read { try $0.records(of: Schema.mentorship) }.first)
        try admin.act("end", at: now) { action in
            try action.set(
                Fields.Mentorship.ended, of: mentorship.id, Schema.mentorship,
                in: mentorship.scope, to: .boolean(true))
        }
        try await harness.sync(admin)
    }

    /// What a laptop purges with its scope is not told by mail, and that the mentorship has ended is.
    @Test func whatMayBeReadNoLongerIsNotMailed() async throws {
        let scope = Scope.participant(participant.identity.member)
        try participant.act("submit", at: now) { action in
            let task = try action.create(
                Schema.task, in: scope,
                values: [Fields.Task.title: .text("Read"), Fields.Task.status: .integer(1)])
            try action.endSet()
            try action.set(
                Fields.Task.status, of: task, Schema.task, in: scope,
                to: .integer(TaskStatus.submitted.rawValue))
        }
        try await harness.sync(participant)
        await work()
        #expect(try harness.hub.mailStatus().waitingNotices == 1)
        try await endMentorship()
        await work()
        harness.pass(2 * HubHarness.day)
        await work()
        let mail = try #require(sent().first { $0.contains("To: <mentor@example.org>") })
        #expect(mail.contains("- You mentor participant no longer\n"))
        #expect(!mail.contains("task"), "\(mail)")
    }

    /// A pair's records are for admins as long as they are admins.
    @Test func formerAdminIsToldOfTheirRoleAlone() async throws {
        let other = try harness.replica(.admin, name: "other")
        try await harness.sync(other)
        try await endMentorship()
        await work()
        try harness.hub.setRole(.mentor, of: other.identity.member, now: harness.time)
        await work()
        harness.pass(2 * HubHarness.day)
        await work()
        let mail = try #require(sent().first { $0.contains("To: <other@example.org>") })
        #expect(mail.contains("- You are mentor from now on\n"))
        #expect(!mail.contains("no longer"), "\(mail)")
    }
}
