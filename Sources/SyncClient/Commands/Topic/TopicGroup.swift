import ArgumentParser

/// `waymark topic`: what people meet about in this programme.
struct TopicGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "What people meet about in this programme",
        discussion: "A mentor adds a topic by offering it: waymark offer add",
        subcommands: [TopicList.self])
}
