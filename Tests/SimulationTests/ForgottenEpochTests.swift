import GRDB
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// What was written in an epoch that the hub has lost and nobody else has heard of. Its author, who
/// has begun anew, stands at a place that every hub has, and is the only one to tell of it.
@Suite(.timeLimit(.minutes(10))) struct ForgottenEpochTests {
    private let programme: Programme
    private let mia: Programme.Laptop
    private let pia: Programme.Laptop

    init() async throws {
        programme = try Programme()
        mia = try programme.join("Mia", as: .mentor)
        pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try await programme.syncAll(rounds: 1)
    }

    private func title(of task: RecordID, on laptop: Programme.Laptop) throws -> String? {
        try laptop.replica.read { try $0.record(task, of: Schema.task)?.text(Fields.Task.title) }
    }

    private func epoch(of laptop: Programme.Laptop) throws -> UInt32 {
        try laptop.replica.writer.read { try Meta($0).position().epoch }
    }

    private func lineage() throws -> Lineage {
        try programme.hub.database.read { try $0.tables.lineage() }
    }

    @Test func workOfALostEpochIsTakenFromALaptopThatHasBegunAnew() async throws {
        let backup = try programme.backup()
        let first = try programme.addTask("first", by: mia, for: pia)
        try await programme.sync(mia)
        try programme.restore(backup)
        try await programme.sync(mia)
        let later = try epoch(of: mia)
        #expect(later > Lineage.firstEpoch)
        // Sealed there and never sent; then the hub is set back twice, and the laptop's sync breaks
        // off after it has given back and dropped what it had.
        let second = try programme.addTask("second", by: mia, for: pia)
        _ = try mia.replica.syncRequest(now: programme.now(mia))
        try programme.restore(backup)
        try programme.dropAdmitted(on: mia)
        try programme.restore(backup)

        let report = try await programme.sync(mia)
        #expect(report.refusedBatches.isEmpty)
        #expect(report.rejected.isEmpty)
        #expect(try lineage().knows(epoch: later))
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        for task in [first, second] { #expect(try title(of: task, on: pia) != nil) }
    }
}
