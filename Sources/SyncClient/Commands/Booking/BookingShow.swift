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
        let found = try context.replica.read { try BookingReference(booking).find(in: $0) }
        switch found {
        case .booking(let booking): try BookingOutput.show(booking.id, in: context)
        case .openRequest(let outlook):
            try BookingOutput.showOpen(outlook.request.id, in: context)
        }
    }
}
