import ArgumentParser
import Model
import Replica

struct BookingMoveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Propose another time for a booking",
        discussion: """
            The booking keeps its time until the other side accepts; then it gets the new seat and \
            gives the old one back in one step, or keeps what it has if the new one is taken by \
            then. A participant's move into a slot that needs no approval takes effect at once.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Option(name: .customLong("to"), help: "Another slot of the same mentor")
    var slot: RecordReference

    @Option(help: "Why, for the other side; - reads standard input")
    var reason: String?

    func run(in context: CommandContext) async throws {
        let text = try reason.map { try context.textInput("reason").read($0) }
        let clock = StartClock(context)
        var looksTaken = false
        try BookingActing.perform(.move, on: booking, text: text, in: context) { outlook, reader in
            let target = SlotView(try slot.resolve(Schema.slot, in: reader), now: clock.now)
            try check(target, outlook, clock)
            looksTaken = target.state == .full
            return [Fields.BookingAct.slot: .reference(target.record.id)]
        }
        if looksTaken {
            context.output.warn("All seats seem to be taken; the hub decides when you sync.")
        }
    }

    private func check(_ target: SlotView, _ outlook: BookingOutlook, _ clock: StartClock) throws {
        let id = outlook.booking.id.shortText
        guard target.mentor == outlook.mentor else {
            throw CommandFailure(
                .usage, code: "otherMentor",
                "The slot \(target.record.id.shortText) is another mentor's.",
                hint: "A booking stays with its mentor; ask the other one with: "
                    + "waymark booking request \(target.record.id.shortText)")
        }
        guard target.record.id != outlook.slot else {
            throw CommandFailure(
                .refused, code: "sameSlot", "The booking \(id) has this slot already.",
                hint: "See what else is free with: waymark slot list --free")
        }
        let reason: VerdictReason? =
            target.state == .withdrawn
            ? .slotWithdrawn : clock.hasStarted(target.start) == true ? .slotStarted : nil
        if let reason {
            throw CommandFailure(
                .refused, code: reason.code, reason.sentence,
                hint: "See what is free with: waymark slot list --free")
        }
    }
}
