import ArgumentParser
import Model
import Replica

struct BookingAcceptMove: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-move", abstract: "Accept the other time that was proposed")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    func run(in context: CommandContext) async throws {
        try BookingActing.perform(.acceptMove, on: booking, in: context) { outlook, reader in
            let move = try BookingActing.openMove(of: outlook)
            let id = outlook.booking.id.shortText
            guard move.author != reader.identity.member else {
                throw CommandFailure(
                    .notAllowed, code: RefusalReason.notAllowed.code,
                    "You proposed this move yourself; the other side accepts it.",
                    hint: "Take it back with: waymark booking refuse-move \(id)")
            }
            return [Fields.BookingAct.move: .reference(move.act)]
        }
    }
}
