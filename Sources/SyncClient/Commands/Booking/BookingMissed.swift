import ArgumentParser
import Model

struct BookingMissed: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "missed", abstract: "Say that the participant did not come (mentors)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    func run(in context: CommandContext) async throws {
        try BookingActing.perform(.missed, on: booking, text: nil, in: context)
    }
}
