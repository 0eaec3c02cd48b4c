import ArgumentParser
import Model
import Replica

struct TopicList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the topics that mentors offer")

    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) async throws {
        let offers = try context.replica.read { try $0.records(of: Schema.offer) }
        var topics: [String: (name: String, mentors: Set<MemberID>)] = [:]
        for offer in offers {
            guard let name = offer.text(Fields.Offer.topic), let mentor = offer.scope.mentor
            else { continue }
            // However it is written, it is one topic, by the name that came first.
            topics[name.lowercased(), default: (name, [])].mentors.insert(mentor)
        }
        let sorted = topics.sorted { $0.key < $1.key }.map(\.value)
        if context.output.json {
            return try context.output.writeJSON(
                .array(
                    sorted.map {
                        ["topic": .string($0.name), "mentors": JSONValue($0.mentors.count)]
                    }))
        }
        var table = TextTable(["TOPIC", TextTable.Column("MENTORS", .trailing)])
        for topic in sorted { table.add(["\(topic.name)", "\(topic.mentors.count)"]) }
        try context.output.writeOut(
            table, ifEmpty: "No mentor has made an offer yet: waymark offer add")
    }
}
