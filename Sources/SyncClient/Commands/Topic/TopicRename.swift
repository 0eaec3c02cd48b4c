import ArgumentParser
import Model
import Replica

struct TopicRename: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Write a topic that you added in another way (admins: any)",
        discussion: "Offers keep the words that their mentors gave them.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The topic as it is listed, or its id")
    var topic: String

    @Argument(help: "How it is written from now on")
    var name: String

    func run(in context: CommandContext) async throws {
        let name = try context.shortText(name, "topic")
        try context.replica.act("topic rename", at: context.now) { action in
            for record in try TopicReference(topic).own(in: action.reader) {
                try action.set(Fields.Topic.name, of: record, to: .text(name))
            }
        }
        try TopicList.write(name, "The topic is now", in: context)
    }
}
