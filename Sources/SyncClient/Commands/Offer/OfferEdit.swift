import ArgumentParser
import Model
import Replica

struct OfferEdit: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Change an offer of yours",
        discussion: """
            Times and bookings that are made already stay as they are. An empty text takes the \
            price, the place or the details away.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The offer's id or its beginning")
    var offer: RecordReference

    @Option(help: "What it is about, in a few words")
    var topic: String?

    @OptionGroup var fields: OfferFields

    func run(in context: CommandContext) async throws {
        var values = try fields.values(in: context)
        values[Fields.Offer.topic] = try topic.map { .text(try context.shortText($0, "topic")) }
        guard !values.isEmpty else {
            throw CommandFailure(
                .usage, code: "nothingToChange", "Nothing was named that is to change.",
                hint: "Give one of --topic, --duration, --price, --place and --details.")
        }
        let (id, conflicts, isUnchanged) = try context.replica.act("offer edit", at: context.now) {
            action in
            let offer = try offer.resolve(Schema.offer, in: action.reader)
            let conflicts = try action.reader.fieldsInConflict(of: offer.id, offer.entity)
            for field in Schema.offer.fields {
                guard let value = values[field.id] else { continue }
                try action.set(field.id, of: offer, to: value)
            }
            return (offer.id, conflicts, action.isEmpty)
        }
        if isUnchanged { SaveNotice.tellUnchanged("offer", in: context) }
        try ConflictNotice.tellSettled(conflicts, of: id, Schema.offer, in: context)
        try OfferShow.show(id, in: context)
    }
}
