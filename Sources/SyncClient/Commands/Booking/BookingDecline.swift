import ArgumentParser
import Model

struct BookingDecline: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "decline", abstract: "Turn down a booking that waits for you (mentors)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Option(help: "Why, for the participant; - reads standard input")
    var reason: String?

    func run(in context: CommandContext) async throws {
        let text = try reason.map { try context.textInput("reason").read($0) }
        try BookingActing.perform(.decline, on: booking, text: text, in: context)
    }
}
