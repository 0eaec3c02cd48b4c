import Model
import Replica

/// Something that a mentor meets people about, as commands show it.
struct OfferView: EditedRecordView {
    let record: StoredRecord
    let author: MemberID?
    let conflictCount: Int?
    let version: String?

    var mentor: MemberID? { record.scope.mentor }
    var topic: String { record.text(Fields.Offer.topic) ?? "" }
    var minutes: Int64 { record.integer(Fields.Offer.minutes) ?? 0 }
    var price: Money? { record.money(Fields.Offer.price) }
    var place: String? { record.text(Fields.Offer.place) }

    var json: JSONValue {
        [
            "id": .string(record.id.text), "mentor": JSONValue(mentor?.text),
            "topic": .string(topic), "minutes": .int(minutes), "price": price?.json ?? .null,
            "place": JSONValue(place), "details": JSONValue(record.text(Fields.Offer.details)),
            "conflicts": JSONValue(conflictCount.map(Int64.init)),
            "pending": .bool(record.isPending),
        ]
    }

    func text(_ presentation: Presentation) -> TerminalText {
        var sheet = RecordSheet("\(topic, .emphasis)")
        sheet.add("id", "\(record.id.text)")
        sheet.add("mentor", "\(presentation.name(mentor))")
        sheet.add("takes", "\(duration)")
        sheet.add("price", "\(priceText)")
        sheet.add("place", "\(place ?? "")")
        sheet.add("conflict", ConflictNotice.line(conflictCount ?? 0))
        if record.isPending { sheet.add("sync", Presentation.unsent) }
        sheet.addParagraph(record.text(Fields.Offer.details))
        return sheet.text
    }

    private var duration: String { DurationText.string(minutes.minutesInMilliseconds) }
    private var priceText: String { price?.text ?? "free of charge" }

    static func table(_ offers: [OfferView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "TOPIC", "MENTOR", "TAKES", "PRICE", "PLACE"])
        for offer in offers {
            table.add([
                "\(offer.record.id.shortText, .faint)", "\(offer.topic)",
                "\(presentation.name(offer.mentor))", "\(offer.duration)", "\(offer.priceText)",
                "\(offer.place ?? "")",
            ])
        }
        return table
    }
}
