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

    func run(in context: CommandContext) async throws {
        let tasks = try context.replica.read { reader in
            var filters: [ReplicaReader.Filter] = []
            if let participant {
                filters.append(
                    .scope(.participant(try TaskParticipant.resolve(participant, in: reader))))
            }
            if let status {
                filters.append(.equals(Fields.Task.status, .integer(status.rawValue)))
            }
            return try reader.records(of: Schema.task, where: filters)
                .map { try TaskView($0, in: reader) }
                .filter { all || status != nil || $0.status != .done }
                .sorted { left, right in
                    (left.due ?? .max, left.record.createdAt, left.record.id)
                        < (right.due ?? .max, right.record.createdAt, right.record.id)
                }
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
