import ArgumentParser
import Model
import Replica

struct TopicList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what people meet about, and how many mentors offer it")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let topics = try context.replica.read { try ProgrammeTopics($0) }.sorted
        if context.output.json {
            return try context.output.writeJSON(.array(topics.map(\.json)))
        }
        var table = TextTable(["ID", "TOPIC", TextTable.Column("MENTORS", .trailing)])
        for topic in topics {
            table.add([
                "\(topic.records.first?.id.shortText ?? "", .faint)", "\(topic.name)",
                "\(topic.mentors.count)",
            ])
        }
        try context.output.writeOut(
            table, ifEmpty: "There are no topics yet. Mentors add them with: waymark topic add")
    }

    /// Says what became of a topic.
    static func write(_ name: String, _ words: String, in context: CommandContext) throws {
        let known = try context.replica.read { try ProgrammeTopics($0).topic(named: name) }
        guard let topic = known else { return }
        try context.output.write(json: topic.json, text: "\(words) \(topic.name, .emphasis)")
    }
}
