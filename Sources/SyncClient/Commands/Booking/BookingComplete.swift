import ArgumentParser
import Model

struct BookingComplete: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Say that a meeting took place (mentors)")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Option(help: "What it was about, added to the notes; - reads standard input")
    var notes: String?

    func run(in context: CommandContext) async throws {
        let text = try notes.map { try context.textInput("notes").read($0) }
        try BookingActing.perform(.complete, on: booking, notes: text, in: context)
    }
}
