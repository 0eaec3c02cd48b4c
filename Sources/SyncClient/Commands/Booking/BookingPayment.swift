import ArgumentParser
import Model
import Replica

/// `waymark booking payment`: what became of the price. The two and admins see it; the mentor and
/// admins set it.
struct BookingPayment: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "payment", abstract: "Note what became of the price (mentors, admins)",
        discussion: "Waymark moves no money: it keeps what you note.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The booking's id or its beginning")
    var booking: RecordReference

    @Argument(help: "none, due, paid, refunded or waived")
    var state: PaymentState

    @Option(help: "How much, as in \"25 EUR\"; the offer's price unless given")
    var amount: String?

    func run(in context: CommandContext) async throws {
        let money = try amount.map(MoneyInput.parse)
        let id = try context.replica.act("booking payment", at: context.now) { action in
            let booking = try BookingReference(booking).booking(in: action.reader)
            let oneself = action.reader.identity.member
            let role = try action.reader.role(of: oneself)
            let isAllowed = booking.scope.mentor == oneself || role == .admin
            guard isAllowed else {
                throw CommandFailure(
                    .notAllowed, code: RefusalReason.notAllowed.code,
                    "The mentor notes what became of the price, or an admin.",
                    hint: "Ask the mentor to run: waymark booking payment "
                        + "\(booking.id.shortText) \(state.name)")
            }
            try action.set(
                Fields.Booking.payment, of: booking, to: .integer(state.rawValue))
            let known = booking.money(Fields.Booking.amount)
            let price = try money ?? known ?? price(of: booking, in: action.reader)
            if let price, price != known {
                try action.set(Fields.Booking.amount, of: booking, to: price.value)
            }
            return booking.id
        }
        try BookingOutput.show(id, in: context)
    }

    /// What the offer costs for which the slot is.
    private func price(of booking: StoredRecord, in reader: ReplicaReader) throws -> Money? {
        guard state != .none, let slot = try reader.outlook(of: booking)?.slot,
            let offer = try reader.record(slot, of: Schema.slot)?.reference(Fields.Slot.offer)
        else { return nil }
        return try reader.record(offer, of: Schema.offer, includesDead: true)?
            .money(Fields.Offer.price)
    }
}

extension PaymentState: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument.lowercased()) }
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
