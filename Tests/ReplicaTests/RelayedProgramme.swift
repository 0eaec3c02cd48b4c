import GRDB
import Model
import TestSupport

@testable import Replica

/// Some replicas and a hub without rules that passes everything on at once.
final class RelayedProgramme {
    private let harness: ReplicaHarness
    let hub: RelayHub
    /// The members' clocks.
    var now = ClaimedTime(milliseconds: 1_800_000_000_000)

    init() throws {
        harness = try ReplicaHarness()
        hub = RelayHub(key: harness.hub, time: 1_800_000_000_000)
    }

    func join(_ name: String, as role: Role) async throws -> Replica {
        let replica = try harness.join(name, as: role)
        try await sync(replica)
        return replica
    }

    @discardableResult
    func sync(_ replicas: Replica...) async throws -> SyncReport {
        var report = SyncReport()
        for replica in replicas {
            report = try await replica.sync(over: hub, now: { self.now })
        }
        return report
    }

    func pass(milliseconds: Int64) {
        now = ClaimedTime(milliseconds: now.milliseconds + milliseconds)
        hub.advanceTime(toMilliseconds: now.milliseconds)
    }
}

extension Replica {
    var member: MemberID { identity.member }

    func addTask(
        _ title: String, for participant: MemberID, details: String? = nil, at now: ClaimedTime
    ) throws -> RecordID {
        var values: [FieldID: Value] = [
            Fields.Task.title: .text(title),
            Fields.Task.status: .integer(TaskStatus.open.rawValue),
        ]
        values[Fields.Task.details] = details.map { .text($0) }
        return try act("task add", at: now) { action in
            try action.create(Schema.task, in: .participant(participant), values: values)
        }
    }

    func set(
        _ field: FieldID, ofTask task: RecordID, of participant: MemberID, to value: Value,
        at now: ClaimedTime
    ) throws {
        try act("task edit", at: now) { action in
            try action.set(field, of: task, Schema.task, in: .participant(participant), to: value)
        }
    }

    @discardableResult
    func writeEntry(
        _ body: String, title: String? = nil, date: String = "2026-12-01", at now: ClaimedTime
    ) throws -> RecordID {
        var values: [FieldID: Value] = [
            Fields.JournalEntry.body: .text(body), Fields.JournalEntry.date: .text(date),
        ]
        values[Fields.JournalEntry.title] = title.map { .text($0) }
        return try act("journal write", at: now) { action in
            try action.create(Schema.journalEntry, in: .own(member), values: values)
        }
    }

    /// Lays a change of the member's second laptop over a record, as a bundle would bring it.
    func layOver(_ change: Change, in scope: Scope, at now: ClaimedTime) throws {
        let laptop = DeviceID(rawValue: 42)
        try writer.write { database in
            let store = StoreTransaction(database)
            store.memberByDevice[laptop] = .some(member)
            try store.overlay(
                PlacedChange(
                    change: change, device: laptop, number: 1, context: .empty, position: nil,
                    time: EffectiveTime(milliseconds: now.milliseconds)),
                in: store.scope(scope))
            try store.flush()
        }
    }
}
