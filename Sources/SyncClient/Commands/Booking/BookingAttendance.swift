import ArgumentParser
import Model
import Replica

/// `waymark booking attendance`: who came to a group meeting and who did not, in one go.
struct BookingAttendance: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "attendance", abstract: "Say who came to a meeting, and who did not (mentors)",
        discussion: "Everybody with a seat came, but those who are named with --missed.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The slot's id or its beginning")
    var slot: RecordReference

    @Option(help: ArgumentHelp("Did not come; again for further ones", valueName: "who"))
    var missed: [MemberReference] = []

    func run(in context: CommandContext) async throws {
        let clock = StartClock(context)
        let (ids, isEarly) = try context.replica.act(
            "booking attendance", at: context.now, isUndoable: false
        ) { action in
            let slot = SlotView(
                try SlotSeries.own(slot, in: action.reader), now: clock.now)
            let absent = Set(try missed.map { try $0.resolve(in: action.reader) })
            let bookings = try action.reader.bookingOutlooks().filter {
                $0.slot == slot.record.id && $0.state == .confirmed
            }
            try check(bookings, absent, slot)
            for outlook in bookings {
                let kind: BookingActKind =
                    absent.contains(outlook.participant) ? .missed : .complete
                try action.create(
                    Schema.bookingAct, in: outlook.booking.scope,
                    values: [
                        Fields.BookingAct.booking: .reference(outlook.booking.id),
                        Fields.BookingAct.kind: .integer(kind.rawValue),
                    ])
                try action.endSet()
            }
            return (bookings.map(\.booking.id), slot.start > clock.now)
        }
        if isEarly { BookingActing.warnOfEarly(in: context) }
        try BookingOutput.showAll(ids, in: context)
    }

    private func check(
        _ bookings: [BookingOutlook], _ absent: Set<MemberID>, _ slot: SlotView
    ) throws {
        let id = slot.record.id.shortText
        guard !bookings.isEmpty else {
            throw CommandFailure(
                .refused, code: VerdictReason.wrongState.code,
                "Nobody has a confirmed seat of the slot \(id) that is open.",
                hint: "See its bookings with: waymark booking list")
        }
        guard absent.isSubset(of: Set(bookings.map(\.participant))) else {
            throw CommandFailure(
                .refused, code: "notBooked",
                "Somebody named with --missed has no confirmed seat of the slot \(id).",
                hint: "See its bookings with: waymark booking list")
        }
    }
}
