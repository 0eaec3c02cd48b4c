import ArgumentParser
import Model
import Replica

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
        let found = try context.replica.read { try BookingReference(booking).find(in: $0) }
        if case .openRequest = found { return try cancelOpenRequest(in: context) }
        try BookingActing.perform(.cancel, on: booking, text: text, in: context)
    }

    /// Nobody has been asked yet, as far as is known here; if the hub has found somebody meanwhile,
    /// it cancels what has come of it.
    private func cancelOpenRequest(in context: CommandContext) throws {
        let id = try context.replica.act(
            "booking cancel", at: context.now, isUndoable: false
        ) { action in
            guard
                case .openRequest(let outlook) = try BookingReference(booking).find(
                    in: action.reader)
            else { throw ReplicaError(.unknownRecord, booking.text) }
            let id = outlook.request.id
            guard outlook.isPending else {
                throw CommandFailure(
                    .refused, code: VerdictReason.wrongState.code,
                    "The request \(id.shortText) is \(outlook.state.name) already.",
                    hint: "See it with: waymark booking show \(id.shortText)")
            }
            try action.set(Fields.OpenRequest.cancelled, of: outlook.request, to: .boolean(true))
            return id
        }
        try BookingOutput.showOpen(id, in: context)
    }
}
