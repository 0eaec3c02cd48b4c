import ArgumentParser
import Model
import Replica

struct OfferDelete: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Take an offer of yours back; undo brings it back",
        discussion: "Times and bookings that were made for it stay.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The offer's id or its beginning")
    var offer: RecordReference

    func run(in context: CommandContext) async throws {
        let view = try context.replica.act("offer delete", at: context.now) { action in
            let offer = try offer.resolve(Schema.offer, in: action.reader)
            let view = try OfferView(offer, in: action.reader)
            action.delete(offer.id, Schema.offer, in: offer.scope)
            return view
        }
        try context.output.write(
            json: view.json.adding(["deleted": true]),
            text: """
                Deleted the offer \(view.topic, .emphasis)
                Bring it back with: waymark undo
                """)
    }
}
