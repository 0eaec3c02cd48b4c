import ArgumentParser
import Replica

/// Puts many tasks into a participant's home at once, for measurements from outside, where as many
/// commands would take too long.
struct FillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill", abstract: "Add many tasks to a participant's home",
        shouldDisplay: false)

    @Argument(help: "The participant's home")
    var home: String

    @Argument(help: "How many tasks")
    var count: Int

    func validate() throws {
        guard count > 0 else { throw ValidationError("Add at least one task.") }
    }

    func run() throws {
        let replica = try Replica.open(at: home)
        try BulkWork.addTasks(count, for: replica.identity.member, in: replica)
    }
}
