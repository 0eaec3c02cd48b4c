import GRDB
import Model
import TestSupport
import Testing

@testable import Replica

/// What was counted for the account once is not counted again, and never stands for something else.
@Suite struct CountedWorkTests {
    private let programme: RelayedProgramme
    private let mentor: Replica
    private let ben: Replica
    private let tasks: [RecordID]

    init() async throws {
        programme = try RelayedProgramme()
        mentor = try await programme.join("Mara", as: .mentor)
        ben = try await programme.join("Ben", as: .participant)
        programme.hub.pair(mentor: mentor.member, participant: ben.member)
        try await programme.sync(mentor, ben)
        let (member, now) = (ben.member, programme.now)
        // Enough to be kept.
        tasks = try ben.act("task add", at: now) { action in
            try (0..<500).map { index in
                let task = try action.create(
                    Schema.task, in: .participant(member),
                    values: [
                        Fields.Task.title: .text("Read \(index)"),
                        Fields.Task.status: .integer(TaskStatus.open.rawValue),
                    ])
                try action.endSet()
                return task
            }
        }
        try await programme.sync(ben, mentor)
    }

    private func kept() throws -> CountedWork {
        try ben.read { reader in
            try CountedWork.kept(
                reader.store.meta, common: reader.store.commonCondition(of: reader.identity))
        }
    }

    /// The account with what is kept, after comparing it with one that is counted anew.
    private func account() throws -> Account {
        let anew = try ben.read {
            try $0.store.count(of: $0.identity, since: CountedWork(common: [])).account
        }
        let account = try ben.status().account
        #expect(account == anew)
        return account
    }

    @Test func statusKeepsWhatItCounted() throws {
        #expect(try kept().byScope.isEmpty)
        let account = try account()
        #expect(account.inForce >= 3 * tasks.count)
        let kept = try kept()
        #expect(!kept.byScope.isEmpty)
        let countedAnew = try ben.read { reader in
            try reader.store.count(of: reader.identity, since: kept).countedAnew
        }
        #expect(countedAnew == 0)
    }

    @Test func whatIsNotSentIsCountedBesides() throws {
        let before = try account()
        _ = try ben.addTask("Write", for: ben.member, at: programme.now)
        let after = try account()
        #expect(after.inForce == before.inForce)
        #expect(after.waiting > before.waiting)
    }

    @Test func whatOthersChangeIsCountedAgain() async throws {
        let before = try account()
        programme.pass(milliseconds: 60_000)
        try mentor.set(
            Fields.Task.title, ofTask: tasks[0], of: ben.member, to: .text("Count"),
            at: programme.now)
        try await programme.sync(mentor, ben)
        let after = try account()
        #expect(after.superseded == before.superseded + 1)
        #expect(after.inForce == before.inForce - 1)
    }

    @Test func whatIsRefusedIsCounted() async throws {
        let before = try account()
        programme.hub.refuseNextBatch(.malformed)
        _ = try ben.addTask("Write", for: ben.member, at: programme.now)
        try await programme.sync(ben)
        let after = try account()
        #expect(after.rejected > before.rejected)
        #expect(after.inForce == before.inForce)
        #expect(try ben.examine().faults.isEmpty)
    }

    @Test func nothingIsKeptWhileThereIsAConflict() async throws {
        _ = try account()
        programme.pass(milliseconds: 60_000)
        for (replica, title) in [(mentor, "Count"), (ben, "Write")] {
            try replica.set(
                Fields.Task.title, ofTask: tasks[0], of: ben.member, to: .text(title),
                at: programme.now)
        }
        try await programme.sync(mentor, ben, mentor, ben)
        #expect(try account().siblings == 1)
        let scope = try ben.read { try $0.store.existingScope(.participant(ben.member)) }
        #expect(try kept().byScope[#require(scope).key] == nil)
    }

    @Test func doctorFindsAWrongCount() throws {
        _ = try account()
        #expect(try ben.examine().faults.isEmpty)
        var counted = try kept()
        for (key, entry) in counted.byScope {
            var account = entry.account
            account.inForce += 1
            counted.byScope[key] = CountedWork.Entry(
                condition: entry.condition, account: account)
        }
        try ben.keep(counted)
        #expect(try ben.examine().faults.map(\.kind) == [.table])
        try ben.rebuild()
        #expect(try ben.examine().faults.isEmpty)
        _ = try account()
    }

    @Test func damagedCountsAreNone() throws {
        _ = try account()
        try ben.writer.write { try Meta($0).set(.countedWork, bytes: [1, 2, 3]) }
        #expect(try kept().byScope.isEmpty)
        _ = try account()
    }
}
