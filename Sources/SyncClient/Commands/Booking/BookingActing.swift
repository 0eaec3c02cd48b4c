import Model
import Replica

/// Says something about a booking, as far as it can have an effect, then shows the booking.
enum BookingActing {
    /// The text is a reason. Notes are no part of the act: they are added to what the two have
    /// noted about the meeting. `details` checks what else holds for the act, and gives its further
    /// values.
    static func perform(
        _ kind: BookingActKind, on reference: RecordReference, text: String? = nil,
        notes: String? = nil, in context: CommandContext,
        details: (BookingOutlook, ReplicaReader) throws -> [FieldID: Value] = { _, _ in [:] }
    ) throws {
        let clock = StartClock(context)
        let (id, isEarly) = try context.replica.act(
            "booking \(kind.name)", at: context.now, isUndoable: false
        ) { action in
            let booking = try BookingReference(reference).booking(in: action.reader)
            guard let outlook = try action.reader.outlook(of: booking) else {
                throw ReplicaError(.unknownRecord, booking.id.text)
            }
            try check(kind, outlook, by: action.reader.identity.member, hasText: text != nil)
            let hasStarted = clock.hasStarted(outlook.start)
            if let reason = outlook.objection(to: kind, hasStarted: hasStarted) {
                throw objection(reason, to: kind, outlook)
            }
            var values: [FieldID: Value] = [
                Fields.BookingAct.booking: .reference(booking.id),
                Fields.BookingAct.kind: .integer(kind.rawValue),
            ]
            values[Fields.BookingAct.text] = text.map { .text($0) }
            values.merge(try details(outlook, action.reader)) { $1 }
            try action.create(Schema.bookingAct, in: booking.scope, values: values)
            if let notes {
                let known = booking.text(Fields.Booking.notes).map { $0 + "\n\n" } ?? ""
                try action.set(Fields.Booking.notes, of: booking, to: .text(known + notes))
            }
            // It may have an effect all the same: the hub goes by its own time when it hears of it.
            let isEarly =
                (kind == .complete || kind == .missed) && (outlook.start ?? .min) > clock.now
            return (booking.id, isEarly)
        }
        if isEarly { warnOfEarly(in: context) }
        try BookingOutput.show(id, in: context)
    }

    static func warnOfEarly(in context: CommandContext) {
        context.output.warn(
            """
            The meeting has not begun yet, as far as this computer knows; if the hub hears of \
            this before it begins, it has no effect.
            """)
    }

    /// Whether somebody of this standing may say it at all; the hub decides by the same rule.
    private static func check(
        _ kind: BookingActKind, _ outlook: BookingOutlook, by member: MemberID, hasText: Bool
    ) throws {
        let party: BookingParty =
            member == outlook.mentor
            ? .mentor : member == outlook.participant ? .participant : .admin
        guard kind.mayBeSaid(by: party) else {
            throw CommandFailure(
                .notAllowed, code: RefusalReason.notAllowed.code,
                "Only the mentor can do this to a booking: \(kind.name)",
                hint: party == .participant
                    ? "You can cancel it with: "
                        + "waymark booking cancel \(outlook.booking.id.shortText)"
                    : "See the booking with: "
                        + "waymark booking show \(outlook.booking.id.shortText)")
        }
        guard party != .admin || hasText else {
            throw CommandFailure(
                .refused, code: RefusalReason.reasonNeeded.code,
                RefusalReason.reasonNeeded.sentence, hint: "Give one with --reason.")
        }
    }

    /// The proposal that can be answered.
    static func openMove(of outlook: BookingOutlook) throws -> BookingMove {
        if let move = outlook.move, move.isOpen { return move }
        let id = outlook.booking.id.shortText
        throw CommandFailure(
            .refused, code: VerdictReason.moveClosed.code,
            "No move of the booking \(id) waits for an answer.",
            hint: "See what happened with: waymark booking show \(id)")
    }

    private static func objection(
        _ reason: VerdictReason, to kind: BookingActKind, _ outlook: BookingOutlook
    ) -> CommandFailure {
        let id = outlook.booking.id.shortText
        switch reason {
        case .notStarted:
            return CommandFailure(
                .refused, code: reason.code, "The booking \(id) has not begun yet.",
                hint: "Wait for its start, or cancel it with: waymark booking cancel \(id)")
        case .slotStarted:
            return CommandFailure(
                .refused, code: reason.code, "The booking \(id) has begun already.",
                hint: "Its mentor can complete it, or say that it was missed.")
        case _ where outlook.isPending:
            return CommandFailure(
                .refused, code: reason.code,
                "The booking \(id) waits for the hub to rule on what was said before.",
                hint: "Run waymark sync, then look again.")
        default:
            return CommandFailure(
                .refused, code: reason.code,
                "The booking \(id) is \(outlook.state.name), so this has no effect: \(kind.name)",
                hint: "See what happened with: waymark booking show \(id)")
        }
    }
}
