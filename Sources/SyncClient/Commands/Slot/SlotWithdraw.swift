import ArgumentParser
import Model
import Replica

struct SlotWithdraw: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Take back a time that nobody has booked")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slot's id or its beginning")
    var slot: RecordReference

    func run(in context: CommandContext) async throws {
        let id = try context.replica.act("slot withdraw", at: context.now) { action in
            let slot = try slot.resolve(Schema.slot, in: action.reader)
            let standing = try action.reader.bookingOutlooks().filter { outlook in
                outlook.slot == slot.id && (outlook.ruled?.takesSeat ?? false)
            }
            guard standing.isEmpty, slot.integer(Fields.Slot.taken) ?? 0 == 0 else {
                let ids = standing.map(\.booking.id.shortText).joined(separator: ", ")
                throw CommandFailure(
                    .refused, code: RefusalReason.slotHasBookings.code,
                    "The slot \(slot.id.shortText) has bookings: \(ids)",
                    hint: "Decline or cancel them first, and sync, as in: "
                        + "waymark booking cancel ID --reason \"I am ill\"")
            }
            try action.set(
                Fields.Slot.withdrawn, of: slot.id, Schema.slot, in: slot.scope,
                to: .boolean(true))
            return slot.id
        }
        try SlotOutput.show(id, in: context)
    }
}
