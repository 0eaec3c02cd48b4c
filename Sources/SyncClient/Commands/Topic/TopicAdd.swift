import ArgumentParser
import Model
import Replica

struct TopicAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Put a topic on the programme's list (mentors and admins)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "What people may want to meet about, in a few words")
    var name: String

    func run(in context: CommandContext) async throws {
        let name = try context.shortText(name, "topic")
        try context.replica.act("topic add", at: context.now) { action in
            let reader = action.reader
            guard try reader.role(of: reader.identity.member) != .participant else {
                throw CommandFailure(
                    .notAllowed, code: RefusalReason.notAllowed.code,
                    "Only mentors and admins add topics.",
                    hint: "See what there is with: waymark topic list")
            }
            let known = try ProgrammeTopics(reader)
            if let topic = known.topic(named: name), !topic.records.isEmpty {
                throw CommandFailure(
                    .refused, code: "topicKnown",
                    "The topic \(InputFailure.quoted(topic.name)) is on the list already.",
                    hint: "See it with: waymark topic list")
            }
            try action.create(
                Schema.topic, in: .programme, values: [Fields.Topic.name: .text(name)])
        }
        try TopicList.write(name, "Added the topic", in: context)
    }
}
