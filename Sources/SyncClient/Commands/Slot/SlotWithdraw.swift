import ArgumentParser
import Model
import Replica

struct SlotWithdraw: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Take back a time that nobody has booked")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slot's id or its beginning")
    var slot: RecordReference

    @Flag(help: "All times of its series that still lie ahead; those that are booked stay")
    var series = false

    @Option(help: ArgumentHelp("With --series: only from this day on", valueName: "date"))
    var from: String?

    func validate() throws {
        if from != nil, !series { throw ValidationError("--from needs --series.") }
    }

    func run(in context: CommandContext) async throws {
        if series { return try withdrawSeries(in: context) }
        let now = StartClock(context).now
        let id = try context.replica.act("slot withdraw", at: context.now) { action in
            let slot = try slot.resolve(Schema.slot, in: action.reader)
            let view = SlotView(slot, now: now)
            guard try view.holder.map({ try action.reader.isOrWas($0) }) ?? true else {
                throw SlotBookings.inTheWay(of: view)
            }
            let bookings =
                try SlotBookings.standing(on: [slot.id], in: action.reader)[slot.id] ?? []
            guard bookings.isEmpty, slot.integer(Fields.Slot.taken) ?? 0 == 0 else {
                let ids = bookings.map(\.shortText).joined(separator: ", ")
                throw CommandFailure(
                    .refused, code: RefusalReason.slotHasBookings.code,
                    "The slot \(slot.id.shortText) has bookings: \(ids)",
                    hint: "Decline or cancel them first, and sync, as in: "
                        + "waymark booking cancel ID --reason \"I am ill\"")
            }
            try Self.withdraw(slot, in: &action)
            return slot.id
        }
        try SlotOutput.show([id], in: context)
    }

    /// Takes back what nobody has booked, each by itself: what somebody books meanwhile stays, too.
    private func withdrawSeries(in context: CommandContext) throws {
        let now = StartClock(context).now
        let start = try from.map { try context.timeInput.parse($0) } ?? now
        let (withdrawn, booked) = try context.replica.act("slot withdraw", at: context.now) {
            action in
            let series = try SlotSeries.id(of: slot, in: action.reader)
            let slots = try SlotSeries.slots(of: series, in: action.reader, now: now)
                .filter { $0.start >= max(start, now) && $0.state != .withdrawn }
            let (free, booked) = try SlotBookings.split(slots, in: action.reader)
            for slot in free {
                try Self.withdraw(slot.record, in: &action)
                try action.endSet()
            }
            return (free, booked)
        }
        try SlotBookings.report(
            "taken back", "withdrawn", withdrawn.map(\.record.id), kept: booked,
            stay: "These are booked or on loan, and stay:", in: context)
    }

    private static func withdraw(_ slot: StoredRecord, in action: inout Action) throws {
        try action.set(
            Fields.Slot.withdrawn, of: slot.id, Schema.slot, in: slot.scope, to: .boolean(true))
    }
}
