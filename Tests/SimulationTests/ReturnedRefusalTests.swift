import Model
import Testing

@testable import Replica
@testable import SyncServer

/// What the hub had refused comes back to it, and counts for nobody's context: its author alone has
/// it.
@Suite(.timeLimit(.minutes(10))) struct ReturnedRefusalTests {
    @Test func refusedWorkThatComesBackIsNotSeenByAnybody() async throws {
        let programme = try Programme()
        let mia = try programme.join("Mia", as: .mentor)
        let pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try await programme.syncAll(rounds: 1)
        let scope = Scope.participant(pia.member)
        func set(_ field: FieldID, to value: Value, by laptop: Programme.Laptop) throws {
            try laptop.replica.act("task edit", at: programme.now(laptop)) { action in
                try action.set(field, of: task, Schema.task, in: scope, to: value)
            }
        }
        let task = try mia.replica.act("task add", at: programme.now(mia)) { action in
            try action.create(
                Schema.task, in: scope,
                values: [Fields.Task.title: .text("Read"), Fields.Task.status: .integer(1)])
        }
        try await programme.syncAll(rounds: 2)
        let backup = try programme.backup()

        // Pia does not know yet that Mia wants to review it.
        try set(Fields.Task.review, to: .boolean(true), by: mia)
        try await programme.sync(mia)
        try set(Fields.Task.status, to: .integer(TaskStatus.done.rawValue), by: pia)
        #expect(try await programme.sync(pia).rejected.count == 1)
        // Mia has seen the hub's order up to behind that.
        try await programme.sync(mia)
        try set(Fields.Task.title, to: .text("Write"), by: mia)
        try programme.restore(backup)
        try await programme.sync(pia)
        try await programme.sync(mia)
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
        let title = try pia.replica.read {
            try $0.record(task, of: Schema.task)?.text(Fields.Task.title)
        }
        #expect(title == "Write")
    }
}
