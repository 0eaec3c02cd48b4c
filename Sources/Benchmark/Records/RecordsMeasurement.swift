import Foundation
import GRDB
import Model
import Replica
import TestSupport

/// What many records cost to make and to merge, apart from any hub.
struct RecordsMeasurement {
    private let clock = ContinuousClock()
    private let tasks: [SampleTask]

    init(count: Int) { tasks = SampleTask.samples(count) }

    func run() async throws -> [Figure] {
        let workplace = Workplace()
        defer { workplace.remove() }
        let mentor = try await workplace.join("Mara", as: .mentor)
        let participant = try await workplace.join("Ana", as: .participant)
        workplace.hub.pair(mentor: mentor.identity.member, participant: participant.identity.member)
        for replica in [mentor, participant] { try await workplace.sync(replica) }
        let plainFile = "\(workplace.folder)/plain.sqlite"
        let plain = try PlainTable(file: plainFile).fill(tasks).milliseconds
        ProcessUsage.resetPeak()
        let record = try clock.measure { try write(in: mentor, for: participant.identity.member) }
        let seal = try clock.measure { _ = try mentor.syncRequest(now: Workplace.now) }
        let sent = try await workplace.sync(mentor).bytesSent
        let merge = try await merge(into: participant, workplace).milliseconds
        let again = try await self.merge(into: participant, workplace).milliseconds
        let found = try participant.read { try $0.records(of: Schema.task).count }
        precondition(found == tasks.count, "All records are there.")
        let peak = ProcessUsage(of: ProcessUsage.own).peakMiB
        let plainSize = try Self.size(of: plainFile)
        func figure(
            _ name: String, _ value: Double, _ unit: Figure.Unit, beside comparison: Double? = nil,
            atMost goal: Double? = nil
        ) -> Figure {
            Figure(
                "\(tasks.count) records: \(name)", value, unit, beside: comparison,
                goal: goal.map { .atMost($0) })
        }
        let floors = try Self.floors(of: mentor.home, in: workplace.folder).map {
            figure($0, $1.milliseconds, .milliseconds, beside: plain)
        }
        return [
            figure("recorded", record.milliseconds, .milliseconds, beside: plain, atMost: 3),
            figure("sealed and signed", seal.milliseconds, .milliseconds),
            figure("sent, each", Double(sent) / Double(tasks.count), .bytes),
            figure("merged", merge, .milliseconds, beside: plain, atMost: 3),
            figure("merged again", again, .milliseconds, beside: merge, atMost: 0.02),
            figure(
                "writer's disk", try Self.size(of: "\(mentor.home)/replica.sqlite"), .mebibytes,
                beside: plainSize, atMost: 2),
            figure(
                "reader's disk", try Self.size(of: "\(participant.home)/replica.sqlite"),
                .mebibytes, beside: plainSize, atMost: 2),
            figure("peak memory", peak, .mebibytes),
        ] + floors
    }

    /// The least that the machine takes for what the writer's replica holds in the end.
    private static func floors(of home: String, in folder: String) throws -> [(String, Duration)] {
        let floor = try TableFloor(ofReplicaAt: "\(home)/replica.sqlite")
        let inserts = try floor.fill("\(folder)/floor.sqlite")
        let signatures = floor.signatures()
        return [
            ("floor, the same rows inserted bare", inserts),
            ("floor, states hashed", floor.hash(Schema.task.name)),
            ("floor, batches signed", signatures.made),
            ("floor, batches verified", signatures.verified),
        ]
    }

    private func write(in mentor: Replica, for participant: MemberID) throws {
        let scope = Scope.participant(participant)
        try mentor.act("task add", at: Workplace.now) { action in
            for task in tasks {
                try action.create(Schema.task, in: scope, values: task.values)
                try action.endSet()
            }
        }
    }

    /// The time that a replica itself takes in a sync.
    private func merge(into replica: Replica, _ workplace: Workplace) async throws -> Duration {
        var time = Duration.zero
        while true {
            var start = clock.now
            let request = try replica.syncRequest(now: Workplace.now)
            time += clock.now - start
            let answer = try await workplace.hub.sync(request.bytes)
            var report = SyncReport()
            start = clock.now
            let event = try replica.apply(answer, to: request, report: &report)
            time += clock.now - start
            guard case .paged(more: true, _) = event else { return time }
        }
    }

    /// What a database takes, whatever part of it is in the log still; in MiB.
    private static func size(of file: String) throws -> Double {
        try DatabaseQueue(path: file).read { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            return Double((pages - free) * size) / 1_048_576
        }
    }
}
