import ArgumentParser
import Model

struct BookingCancel: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a booking, its mentor's or its participant's")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Option(help: "Why, for the other side; admins must say; - reads standard input")
    var reason: String?

    func run(in context: CommandContext) async throws {
        let text = try reason.map { try context.textInput("reason").read($0) }
        try BookingActing.perform(.cancel, on: booking, text: text, in: context)
    }
}
