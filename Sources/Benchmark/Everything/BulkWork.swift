import Model
import Replica
import TestSupport

/// Many records at once, in a replica whose member is a participant or mentors one.
enum BulkWork {
    /// Change sets of one action.
    private static let setsMax = 50_000

    /// Adds tasks, each a change set of its own, as many commands would.
    static func addTasks(
        _ count: Int, for participant: MemberID, in replica: Replica
    ) throws {
        let scope = Scope.participant(participant)
        let samples = SampleTask.samples(min(count, 10_000))
        for start in stride(from: 0, to: count, by: setsMax) {
            try replica.act("task add", at: Workplace.now) { action in
                for index in start..<min(start + setsMax, count) {
                    try action.create(
                        Schema.task, in: scope, values: samples[index % samples.count].values)
                    try action.endSet()
                }
            }
        }
    }

    /// Writes private entries.
    static func addEntries(_ count: Int, of bodies: [String], in replica: Replica) throws {
        let scope = Scope.own(replica.identity.member)
        try replica.act("journal import", at: Workplace.now) { action in
            for index in 0..<count {
                try action.create(
                    Schema.journalEntry, in: scope,
                    values: [
                        Fields.JournalEntry.body: .text(bodies[index % bodies.count]),
                        Fields.JournalEntry.date: .text("2026-12-01"),
                    ])
                try action.endSet()
            }
        }
    }
}
