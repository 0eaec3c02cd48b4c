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
        try RecordDeletion.perform(
            "offer delete", of: offer, Schema.offer, as: OfferView.self, in: context
        ) { $0.topic }
    }
}
