import Foundation
import GRDB
import Model
import Replica
import TestSupport
import Testing

@testable import SyncServer

/// Notifications on real laptops of a real hub: what leaves with its scope, and what comes with it.
@Suite struct NotificationScopeTests {
    private let harness: HubHarness

    init() throws { harness = try HubHarness() }

    private var now: ClaimedTime { ClaimedTime(milliseconds: harness.time.milliseconds) }

    private func kinds(_ replica: Replica) throws -> [NotificationKind] {
        try replica.read { try $0.notifications().map(\.kind) }
    }

    private func rowCount(_ replica: Replica) throws -> Int? {
        let queue = try DatabaseQueue(path: replica.home + "/replica.sqlite")
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM notification") }
    }

    private func assign(
        _ mentor: MemberID, to participant: MemberID, by admin: Replica
    ) throws -> RecordID {
        try admin.act("assign", at: now) { action in
            try action.create(
                Schema.mentorship, in: .pair(mentor: mentor, participant: participant),
                values: [
                    Fields.Mentorship.mentor: .member(mentor),
                    Fields.Mentorship.participant: .member(participant),
                ])
        }
    }

    @Test func theyComeAndGoWithTheirScope() async throws {
        let admin = try harness.replica(.admin, name: "admin")
        let mentor = try harness.replica(.mentor, name: "mentor")
        let participant = try harness.replica(.participant, name: "participant")
        for replica in [admin, mentor, participant] { try await harness.sync(replica) }
        for replica in [admin, mentor, participant] { try await harness.sync(replica) }
        let scope = Scope.participant(participant.identity.member)
        func submit(_ title: String) throws {
            let task = try participant.act("task", at: now) { action in
                try action.create(
                    Schema.task, in: scope,
                    values: [
                        Fields.Task.title: .text(title), Fields.Task.status: .integer(1),
                    ])
            }
            try participant.act("submit", at: now) { action in
                try action.set(
                    Fields.Task.status, of: task, Schema.task, in: scope, to: .integer(2))
            }
        }
        harness.pass(60_000)
        try submit("long ago")
        try await harness.sync(participant)
        harness.pass(60_000)
        // Something comes to the mentor since.
        try admin.act("profile", at: now) { action in
            try action.set(
                Fields.Profile.location, of: admin.identity.member.recordID, Schema.profile,
                in: .programme, to: .text("Here"))
        }
        try await harness.sync(admin)
        try await harness.sync(mentor)
        harness.pass(60_000)
        let mentorship = try assign(
            mentor.identity.member, to: participant.identity.member, by: admin)
        try await harness.sync(admin)
        harness.pass(60_000)
        try await harness.sync(participant)
        try submit("since then")
        try await harness.sync(participant)
        harness.pass(60_000)
        let report = try await harness.sync(mentor)
        // The scope came with what had happened in it; only what is new of it is news.
        #expect(
            try kinds(mentor).sorted { $0.rawValue < $1.rawValue } == [.taskSubmitted, .access])
        #expect(report.news == 2)
        #expect(try kinds(participant) == [.access])

        try admin.act("end", at: now) { action in
            try action.set(
                Fields.Mentorship.ended, of: mentorship, Schema.mentorship,
                in: .pair(
                    mentor: mentor.identity.member, participant: participant.identity.member),
                to: .boolean(true))
        }
        try await harness.sync(admin)
        harness.pass(60_000)
        try await harness.sync(mentor)
        // What may no longer be read is not told any more, and no row is left of it.
        #expect(try kinds(mentor).allSatisfy { $0 == .access })
        #expect(try rowCount(mentor) == 2)
        // A further laptop begins without news.
        #expect(try kinds(admin).allSatisfy { $0 == .access })
    }

    /// Who is given very much at once is told of the latest; a laptop is no archive of news.
    @Test func theOldestGoWhereThereAreVeryMany() async throws {
        let admin = try harness.replica(.admin, name: "admin")
        let participant = try harness.replica(.participant, name: "participant")
        for replica in [admin, participant, admin] { try await harness.sync(replica) }
        func give(_ count: Int, _ title: String) async throws {
            harness.pass(60_000)
            try admin.act("task", at: now) { action in
                for number in 0..<count {
                    try action.create(
                        Schema.task, in: .participant(participant.identity.member),
                        values: [
                            Fields.Task.title: .text("\(title) \(number)"),
                            Fields.Task.status: .integer(1),
                        ])
                }
            }
            try await harness.sync(admin)
            try await harness.sync(participant)
        }
        let kept = Limits.notificationsKept
        try await give(kept + 50, "Read")
        #expect(try rowCount(participant) == kept + 50)
        try await give(60, "Write")
        #expect(try rowCount(participant) == kept)
        let told = try participant.read { reader in
            try reader.notifications().compactMap {
                try reader.record($0.record, of: Schema.task)?.text(Fields.Task.title)
            }
        }
        #expect(told.count == kept)
        #expect(told.prefix(60).allSatisfy { $0.hasPrefix("Write") })
        #expect(told.dropFirst(60).allSatisfy { $0.hasPrefix("Read") })
        #expect(try participant.read { try $0.records(of: Schema.task) }.count == kept + 110)
    }

    @Test func rebuildingKeepsThem() async throws {
        let admin = try harness.replica(.admin, name: "admin")
        let participant = try harness.replica(.participant, name: "participant")
        for replica in [admin, participant, admin] { try await harness.sync(replica) }
        harness.pass(60_000)
        try admin.act("task", at: now) { action in
            try action.create(
                Schema.task, in: .participant(participant.identity.member),
                values: [Fields.Task.title: .text("Read"), Fields.Task.status: .integer(1)])
        }
        try await harness.sync(admin)
        try await harness.sync(participant)
        #expect(try kinds(participant) == [.taskGiven])
        let ids = try participant.read { try $0.unreadNotifications() }
        try participant.rebuild()
        #expect(try participant.read { try $0.unreadNotifications() } == ids)
        #expect(try participant.examine().faults.isEmpty)
        try participant.act("read", at: now) { try $0.markRead(Array(ids)) }
        #expect(try participant.read { try $0.unreadNotifications() }.isEmpty)
        #expect(try participant.read { try $0.notifications(includesRead: true) }.count == 1)
    }
}
