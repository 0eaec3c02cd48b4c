import ArgumentParser
import Model
import Replica

struct OfferShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an offer")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The offer's id or its beginning")
    var offer: RecordReference

    func run(in context: CommandContext) async throws {
        let id = try context.replica.read { try offer.resolve(Schema.offer, in: $0).id }
        try Self.show(id, in: context)
    }

    /// Prints an offer as it stands.
    static func show(_ id: RecordID, in context: CommandContext) throws {
        let view = try context.replica.read { reader in
            guard let offer = try reader.record(id, of: Schema.offer) else {
                throw ReplicaError(.unknownRecord, id.text)
            }
            return try OfferView(offer, in: reader)
        }
        try context.output.write(json: view.json, text: view.text(Presentation(context)))
    }
}
