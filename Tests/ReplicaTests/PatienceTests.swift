import Foundation
import GRDB
import Model
import Testing

@testable import Replica

/// Two programs that work on one replica at the same time.
@Suite(.timeLimit(.minutes(5))) struct PatienceTests {
    private let harness: ReplicaHarness

    init() throws { harness = try ReplicaHarness() }

    /// Has another program be in a transaction for some time, which has begun on return; the
    /// result is told when it has ended.
    private func hold(
        _ replica: Replica, seconds: Double, _ sql: String
    ) throws -> DispatchSemaphore {
        let other = try Replica.open(at: replica.home)
        let (hasBegun, hasEnded) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            defer { hasEnded.signal() }
            try? other.writer.writeWithoutTransaction { database in
                try database.execute(sql: sql)
                hasBegun.signal()
                Thread.sleep(forTimeInterval: seconds)
                try database.execute(sql: "COMMIT")
            }
        }
        hasBegun.wait()
        return hasEnded
    }

    /// The last transaction of a large sync takes long on a slow laptop.
    @Test func whatAPersonWritesMeanwhileIsSavedLate() throws {
        let replica = try harness.join("Pia", as: .participant)
        let hasEnded = try hold(replica, seconds: 7, "BEGIN IMMEDIATE")
        defer { hasEnded.wait() }
        try replica.act("task add", at: ClaimedTime(milliseconds: 3_000_000)) { action in
            _ = try action.create(
                Schema.task, in: .participant(replica.identity.member),
                values: [Fields.Task.title: .text("late"), Fields.Task.status: .integer(1)])
        }
        #expect(try replica.read { try $0.records(of: Schema.task) }.count == 1)
    }

    /// A sweep that waited as long would keep the end of a sync from a person for nothing.
    @Test func sweepWaitsLessLongForAReader() throws {
        let replica = try harness.join("Pia", as: .participant)
        let hasEnded = try hold(
            replica, seconds: 12, "BEGIN; SELECT count(*) FROM sqlite_schema")
        defer { hasEnded.wait() }
        try replica.writer.write { try Meta($0).set(.undoName, text: "something for the log") }
        let start = ContinuousClock.now
        let isEmpty = try replica.writer.writeWithoutTransaction { try Checkpoints.empty($0) }
        #expect(!isEmpty)
        #expect(ContinuousClock.now - start < .seconds(11))
    }
}
