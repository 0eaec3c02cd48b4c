import Model
import Replica

/// What a laptop may give away of a slot that it has on loan.
enum SlotLoan {
    /// Throws where this laptop has given the slot back, or no seat is left by what the hub has ruled
    /// and what was given away here since.
    static func requireSeat(of slot: SlotView, in reader: ReplicaReader) throws {
        guard slot.lendTo == reader.identity.device else {
            throw CommandFailure(
                .refused, code: VerdictReason.notHolder.code,
                "The slot \(slot.record.id.shortText) was given back to the hub.",
                hint: "Run waymark sync, then try again.")
        }
        let given = try reader.bookingOutlooks().filter { outlook in
            guard outlook.slot == slot.record.id else { return false }
            return outlook.isPromised || outlook.ruled?.takesSeat ?? false
        }
        // Whose promise the hub has not heard of is not among those that it counts.
        let known = Int64(given.filter { $0.ruled?.takesSeat ?? false }.count)
        let taken = max(slot.taken, known).adding(clamped: Int64(given.count) - known)
        guard taken >= slot.capacity else { return }
        throw CommandFailure(
            .refused, code: VerdictReason.slotTaken.code,
            "All seats of the slot \(slot.record.id.shortText) are given away.",
            hint: "See who has them with: waymark booking list")
    }

    /// The slot that a booking asks for, if this laptop has it on loan.
    static func held(
        for outlook: BookingOutlook, in reader: ReplicaReader, now: Int64
    ) throws -> SlotView? {
        let wanted =
            [outlook.slot, outlook.booking.reference(Fields.Booking.slot)]
            + outlook.booking.list(Fields.Booking.alternates).map(\.reference)
        for slot in wanted.compactMap({ $0 }) {
            guard try reader.holder(of: slot) == reader.identity.device,
                let record = try reader.record(slot, of: Schema.slot)
            else { continue }
            return SlotView(record, now: now)
        }
        return nil
    }
}
