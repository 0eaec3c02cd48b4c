import Foundation
import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// What happens on laptops when somebody's access changes.
@Suite(.timeLimit(.minutes(10))) struct AccessChangeTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let max: Programme.Laptop
    private let pia: Programme.Laptop
    private static let canary = "Kanarienvogel7319"

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        max = try programme.join("Max", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, max, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try pia.replica.act("journal write", at: programme.now(pia)) { action in
            for index in 0..<20 {
                _ = try action.create(
                    Schema.journalEntry, in: .participant(pia.member),
                    values: [
                        Fields.JournalEntry.body: .text("\(Self.canary) \(index)"),
                        Fields.JournalEntry.date: .text("2026-11-21"),
                    ])
            }
        }
        for laptop in [pia, mia, max, pia, mia] { try await programme.sync(laptop) }
    }

    private func entries(on laptop: Programme.Laptop) throws -> Int {
        try laptop.replica.read { try $0.records(of: Schema.journalEntry).count }
    }

    /// How many files of a home hold the canary.
    private func canaryFiles(of laptop: Programme.Laptop) throws -> [String] {
        let needle = Data(Self.canary.utf8)
        let half = Data(Self.canary.lowercased().utf8)
        let home = laptop.replica.home
        return try FileManager.default.contentsOfDirectory(atPath: home).filter { name in
            let data = FileManager.default.contents(atPath: "\(home)/\(name)") ?? Data()
            return data.range(of: needle) != nil || data.range(of: half) != nil
        }
    }

    @Test func nothingOfALostScopeStaysInAnyFile() async throws {
        #expect(try entries(on: mia) == 20)
        #expect(try !canaryFiles(of: mia).isEmpty)
        try programme.endMentorship(mia, pia)
        try await programme.sync(mia)
        #expect(try entries(on: mia) == 0)
        #expect(try canaryFiles(of: mia) == [])
        #expect(try entries(on: pia) == 20)
        #expect(try mia.replica.examine().faults == [])
    }

    @Test func unfinishedSweepIsResumedWhenTheReplicaIsOpened() async throws {
        try await mia.replica.writer.write { try Meta($0).set(.purgePending, integer: 1) }
        let again = try Replica.open(at: mia.replica.home)
        let pending = try await again.writer.read { try Meta($0).integer(.purgePending) }
        #expect(pending == 0)
    }

    /// As on a disk that was full when the replica was opened.
    @Test func unfinishedSweepIsResumedByASyncThatBringsNothing() async throws {
        try await programme.sync(mia)
        try await mia.replica.writer.write { try Meta($0).set(.purgePending, integer: 1) }
        let position = try await mia.replica.writer.read { try Meta($0).position() }
        try await programme.sync(mia)
        #expect(try await mia.replica.writer.read { try Meta($0).position() } == position)
        #expect(try await mia.replica.writer.read { try Meta($0).isPurgePending() } == false)
    }

    /// What an admin may read leaves with the role and comes back with it.
    @Test func demotedAdminLosesWhatAdminsRead() async throws {
        let ada = try programme.join("Ada", as: .admin)
        let eve = try programme.join("Eve", as: .admin)
        for laptop in [ada, eve] { try await programme.sync(laptop) }
        #expect(try entries(on: eve) == 20)
        let hub = programme.hub
        try hub.setRole(.mentor, of: eve.member, now: programme.hubTime)
        try await programme.sync(eve)
        #expect(try entries(on: eve) == 0)
        #expect(try canaryFiles(of: eve) == [])
        #expect(try eve.replica.examine().faults == [])
        try hub.setRole(.admin, of: eve.member, now: programme.hubTime)
        try await programme.sync(eve)
        #expect(try entries(on: eve) == 20)
        #expect(try eve.replica.examine().faults == [])
    }

    /// Of what was done to a member's role and state only the latest is told: the rest is not true any
    /// more.
    @Test func onlyTheLatestOfAMembersStateIsTold() async throws {
        try await programme.sync(programme.join("Ada", as: .admin))
        let moe = try programme.join("Moe", as: .mentor)
        try await programme.sync(moe)
        let hub = programme.hub
        try hub.suspend(moe.member, now: programme.hubTime)
        programme.pass(milliseconds: 1000)
        try hub.reinstate(moe.member, now: programme.hubTime)
        for role in [Role.admin, .mentor] {
            programme.pass(milliseconds: 1000)
            try hub.setRole(role, of: moe.member, now: programme.hubTime)
        }
        try await programme.sync(moe)
        let told = try moe.replica.read { try $0.notifications() }
            .filter { $0.entity == Schema.profile.id && $0.record == moe.member.recordID }
        #expect(told.map(\.field).sorted() == [Fields.Profile.role, Fields.Profile.state].sorted())
    }

    /// What two people had with each other stays theirs when the mentorship has ended.
    @Test func reinstatedMemberHasWhatHadEndedBefore() async throws {
        try programme.endMentorship(mia, pia)
        for laptop in [mia, pia, mia] { try await programme.sync(laptop) }
        let before = try Standing.of(mia)
        let pair = Scope.pair(mentor: mia.member, participant: pia.member)
        #expect(before.scopes[pair] != nil)
        try programme.hub.suspend(mia.member, now: programme.hubTime)
        try programme.hub.reinstate(mia.member, now: programme.hubTime)
        try await programme.sync(mia)
        let after = try Standing.of(mia)
        #expect(after.scopes[pair] == before.scopes[pair])
        #expect(try mia.replica.examine().faults == [])
    }

    @Test func reinstatedMemberGoesOn() async throws {
        try programme.hub.suspend(mia.member, now: programme.hubTime)
        try mia.replica.act("task add", at: programme.now(mia)) { action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [
                    Fields.Task.title: .text("Meanwhile"), Fields.Task.status: .integer(1),
                ])
        }
        await #expect(throws: (any Error).self) { try await programme.sync(mia) }
        try programme.hub.reinstate(mia.member, now: programme.hubTime)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        #expect(try entries(on: mia) == 20)
        #expect(try pia.replica.read { try $0.records(of: Schema.task).count } == 1)
    }

    @Test func newMentorGetsTheHistory() async throws {
        #expect(try entries(on: max) == 0)
        try programme.assign(max, pia)
        try await programme.sync(max)
        #expect(try entries(on: max) == 20)
    }

    @Test func regainedAccessIsComplete() async throws {
        try programme.endMentorship(mia, pia)
        try await programme.sync(mia)
        try programme.assign(mia, pia)
        try await programme.sync(mia)
        #expect(try entries(on: mia) == 20)
        #expect(try mia.replica.examine().faults == [])
    }

    @Test func unsentWorkInALostScopeIsRejectedAndKept() async throws {
        // The mentorship ends while the mentor is offline with unsent work.
        let mentorships = try pia.replica.read { try $0.records(of: Schema.mentorship) }
        let mentorship = try #require(mentorships.first)
        try mia.replica.act("task add", at: programme.now(mia)) { action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [
                    Fields.Task.title: .text("Unsent"), Fields.Task.status: .integer(1),
                ])
        }
        try programme.end(mentorship)
        let report = try await programme.sync(mia)
        let items = try await mia.replica.writer.read { try StoreTransaction($0).rejectedItems() }
        #expect(report.departedScopes.contains(.participant(pia.member)))
        #expect(items.count == 1)
        #expect(items.first?.changes.contains { $0.operation == .set(.text("Unsent")) } == true)
        #expect(try entries(on: mia) == 0)
        let account = try programme.account(of: mia)
        #expect(account.waiting == 0)
        #expect(account.rejected == 3)
        try await programme.sync(pia)
        #expect(try pia.replica.read { try $0.records(of: Schema.task).count } == 0)
    }

    @Test func suspendedMemberGetsNothingAndGivesNothing() async throws {
        try programme.hub.suspend(mia.member, now: programme.hubTime)
        await #expect(throws: HubError.self) { try await programme.sync(mia) }
    }

    @Test func syncWithNothingToDoIsSmallAndDoesNotWrite() async throws {
        let path = mia.replica.home + "/replica.sqlite"
        try await programme.sync(mia)
        func stamp() throws -> [String: NSObject?] {
            var stamps: [String: NSObject?] = [:]
            for suffix in ["", "-wal"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                stamps[suffix] = attributes[.modificationDate] as? NSObject
            }
            return stamps
        }
        let before = try stamp()
        let report = try await programme.sync(mia)
        #expect(try stamp() == before)
        #expect(report.roundTrips == 1)
        #expect(report.bytesSent + report.bytesReceived <= 600)
    }
}
