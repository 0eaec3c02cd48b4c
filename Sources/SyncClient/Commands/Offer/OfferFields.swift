import ArgumentParser
import Model
import Replica

/// What one can say of an offer besides its topic.
struct OfferFields: ParsableArguments {
    @Option(help: "How long a meeting takes, as in 45m or 1h30m")
    var duration: String?

    @Option(help: "What it costs, as in \"25 EUR\"; an empty text for nothing")
    var price: String?

    @Option(help: "Where to meet: a place, or a link")
    var place: String?

    @Option(help: "More about it; - reads standard input")
    var details: String?

    /// The fields that were given; null where an empty text takes one away.
    func values(in context: CommandContext) throws -> [FieldID: Value] {
        var values: [FieldID: Value] = [:]
        values[Fields.Offer.minutes] = try duration.map {
            .integer(try SlotLength.minutes($0, noun: "Meetings"))
        }
        values[Fields.Offer.price] = try price.map {
            $0.isEmpty ? .null : try MoneyInput.parse($0).value
        }
        values[Fields.Offer.place] = try place.map {
            let text = try context.shortText($0, "place", allowsEmpty: true)
            return text.isEmpty ? .null : .text(text)
        }
        values[Fields.Offer.details] = try details.map {
            let text = try context.textInput("details", allowsEmpty: true).read($0)
            return text.isEmpty ? .null : .text(text)
        }
        return values
    }
}
