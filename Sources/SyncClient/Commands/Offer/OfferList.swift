import ArgumentParser
import Model
import Replica

struct OfferList: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what mentors offer, by topic")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only this mentor's")
    var mentor: MemberReference?

    @Option(help: ArgumentHelp("Only those about it", valueName: "text"))
    var topic: String?

    func run(in context: CommandContext) async throws {
        let offers = try context.replica.read { reader in
            let scope = try mentor.map { Scope.slots(of: try $0.resolve(in: reader)) }
            let records = try reader.records(
                of: Schema.offer, where: scope.map { [.scope($0)] } ?? [])
            return try OfferView.of(records, in: reader)
        }.filter { offer in topic.map { offer.topic.mentions($0) } ?? true }
            .sorted { left, right in
                (left.topic.lowercased(), left.record.id)
                    < (right.topic.lowercased(), right.record.id)
            }
        if context.output.json {
            return try context.output.writeJSON(.array(offers.map(\.json)))
        }
        try context.output.writeOut(
            OfferView.table(offers, Presentation(context)), ifEmpty: "There are no such offers.")
    }
}
