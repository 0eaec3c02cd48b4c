import ArgumentParser
import Model

struct BookingApprove: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Confirm a booking that waits for you (mentors)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    func run(in context: CommandContext) async throws {
        try BookingActing.perform(.approve, on: booking, text: nil, in: context)
    }
}
