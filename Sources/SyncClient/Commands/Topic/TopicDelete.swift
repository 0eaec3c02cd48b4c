import ArgumentParser
import Model
import Replica

struct TopicDelete: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take a topic that you added off the list (admins: any); undo brings it back",
        discussion: "Offers of it stay, and keep it listed as long as there are any.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The topic as it is listed, or its id")
    var topic: String

    func run(in context: CommandContext) async throws {
        let deleted = try context.replica.act("topic delete", at: context.now) { action in
            let records = try TopicReference(topic).own(in: action.reader)
            let name = records[0].text(Fields.Topic.name) ?? ""
            let known = try ProgrammeTopics(action.reader).topic(named: name)
            for record in records { action.delete(record.id, Schema.topic, in: record.scope) }
            return known
        }
        guard let deleted else { return }
        try context.output.write(
            json: deleted.json.adding(["deleted": true]),
            text: """
                Deleted the topic \(deleted.name, .emphasis)
                Bring it back with: waymark undo
                """)
    }
}
