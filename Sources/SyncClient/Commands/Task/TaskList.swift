import ArgumentParser
import Model
import Replica

struct TaskList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List tasks that are not done, the most urgent first")

    @OptionGroup var options: GlobalOptions

    @Option(name: .customLong("for"), help: "Only this participant's")
    var participant: MemberReference?

    @Option(help: "Only tasks that are open, submitted or done")
    var status: TaskStatus?

    @Flag(help: "Done ones, too")
    var all = false

    @Option(help: "At most so many")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 {
            throw ValidationError("--limit takes a number from 1 on, not \(limit).")
        }
    }

    func run(in context: CommandContext) async throws {
        let tasks = try context.replica.read { reader in
            var filters: [ReplicaReader.Filter] = []
            if let participant {
                filters.append(
                    .scope(.participant(try TaskParticipant.resolve(participant, in: reader))))
            }
            if let status {
                filters.append(.equals(Fields.Task.status, .integer(status.rawValue)))
            } else if !all {
                filters.append(.differs(Fields.Task.status, .integer(TaskStatus.done.rawValue)))
            }
            return try TaskView.of(
                reader.records(
                    of: Schema.task, where: filters, orderedBy: Fields.Task.due,
                    isMissingLast: true, limit: limit), in: reader)
        }
        if context.output.json {
            try context.output.writeJSON(.array(tasks.map(\.json)))
        } else {
            try context.output.writeOut(
                TaskView.table(tasks, Presentation(context)), ifEmpty: "There are no such tasks.")
        }
    }
}

extension TaskStatus: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
