import Model
import Replica

/// What stands in the way of changing a slot.
enum SlotBookings {
    /// The bookings that have a seat, by slot.
    static func standing(
        on slots: [RecordID], in reader: ReplicaReader
    ) throws -> [RecordID: [RecordID]] {
        let wanted = Set(slots)
        var bookings: [RecordID: [RecordID]] = [:]
        for outlook in try reader.bookingOutlooks()
        where outlook.isPromised || outlook.ruled?.takesSeat ?? false {
            guard let slot = outlook.slot, wanted.contains(slot) else { continue }
            bookings[slot, default: []].append(outlook.booking.id)
        }
        return bookings
    }

    static func inTheWay(of slot: SlotView) -> CommandFailure {
        let id = slot.record.id.shortText
        guard slot.holder == nil else {
            return CommandFailure(
                .refused, code: VerdictReason.slotLent.code, "The slot \(id) is on loan.",
                hint: "Give it back first, on the laptop that has it: waymark slot return \(id)")
        }
        return CommandFailure(
            .refused, code: RefusalReason.slotHasBookings.code, "The slot \(id) is booked.",
            hint: "Move the meeting with: waymark booking move ID --to SLOT")
    }
}
