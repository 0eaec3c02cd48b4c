import ArgumentParser
import Model
import Replica

struct BookingApprove: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Confirm a booking that waits for you (mentors)",
        discussion: """
            Of a slot that this laptop has on loan (waymark slot lend) it is confirmed for good at \
            once, whatever the hub has said of it until now.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    func run(in context: CommandContext) async throws {
        let now = StartClock(context).now
        let held = try context.replica.read { reader in
            try reader.outlook(of: BookingReference(booking).booking(in: reader))
                .flatMap { try SlotLoan.held(for: $0, in: reader, now: now) }
        }
        guard let held else {
            return try BookingActing.perform(.approve, on: booking, text: nil, in: context)
        }
        try BookingActing.perform(.grant, on: booking, in: context) { outlook, reader in
            if outlook.ruled?.takesSeat != true || outlook.slot != held.record.id {
                try SlotLoan.requireSeat(of: held, in: reader)
            }
            return [Fields.BookingAct.slot: .reference(held.record.id)]
        }
    }
}
