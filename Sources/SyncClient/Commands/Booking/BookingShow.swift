import ArgumentParser
import Model
import Replica

struct BookingShow: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a booking and its history")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    func run(in context: CommandContext) async throws {
        let id = try context.replica.read { try booking.resolve(Schema.booking, in: $0).id }
        try BookingOutput.show(id, in: context)
    }
}
