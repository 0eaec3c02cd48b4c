import ArgumentParser
import Model
import Replica

struct OfferAdd: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Offer to meet people about a topic (mentors)",
        discussion: "Give times for it with: waymark slot add START --offer ID")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "What it is about, in a few words")
    var topic: String

    @OptionGroup var fields: OfferFields

    func run(in context: CommandContext) async throws {
        let topic = try context.shortText(topic, "topic")
        var values = try fields.values(in: context).filter { $0.value != .null }
        guard values[Fields.Offer.minutes] != nil else {
            throw CommandFailure(
                .usage, code: "durationMissing", "It was not said how long a meeting takes.",
                hint: "Say it with --duration, as in: --duration 45m")
        }
        values[Fields.Offer.topic] = .text(topic)
        let replica = try context.replica
        let oneself = replica.identity.member
        guard try replica.read({ try $0.role(of: oneself) }) == .mentor else {
            throw CommandFailure(
                .notAllowed, code: "onlyMentorsOffer", "Only mentors make offers.",
                hint: "See what mentors offer with: waymark offer list")
        }
        let id = try replica.act("offer add", at: context.now) { action in
            try action.create(Schema.offer, in: .slots(of: oneself), values: values)
        }
        try OfferShow.show(id, in: context)
    }
}
