import ArgumentParser
import Model
import Replica

struct BookingRefuseMove: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse-move",
        abstract: "Refuse the other time that was proposed, or take back your own proposal",
        discussion: "The booking stays as it is.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Option(help: "Why, for the other side; - reads standard input")
    var reason: String?

    func run(in context: CommandContext) async throws {
        let text = try reason.map { try context.textInput("reason").read($0) }
        try BookingActing.perform(
            .refuseMove, on: booking, text: text, in: context
        ) { outlook, _ in
            [Fields.BookingAct.move: .reference(try BookingActing.openMove(of: outlook).act)]
        }
    }
}
