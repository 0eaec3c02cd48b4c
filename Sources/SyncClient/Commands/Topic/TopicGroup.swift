import ArgumentParser

/// `waymark topic`: what people meet about in this programme.
struct TopicGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "What people meet about in this programme",
        discussion: "A topic that a mentor offers is on the list, too: waymark offer add",
        subcommands: [TopicList.self, TopicAdd.self, TopicRename.self, TopicDelete.self])
}
