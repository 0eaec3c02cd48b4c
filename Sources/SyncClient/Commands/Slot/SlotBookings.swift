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

    /// Which slots can be changed, and which are booked or on loan and stay as they are.
    static func split(
        _ slots: [SlotView], in reader: ReplicaReader
    ) throws -> (free: [SlotView], kept: [SlotView]) {
        let booked = try standing(on: slots.map(\.record.id), in: reader)
        func isKept(_ slot: SlotView) -> Bool {
            slot.taken > 0 || slot.holder != nil || booked[slot.record.id] != nil
        }
        return (slots.filter { !isKept($0) }, slots.filter(isKept))
    }

    /// Tells what became of a series: how many times of it were `done` to, and which stay.
    static func report(
        _ done: String, _ key: String, _ ids: [RecordID], kept: [SlotView],
        stay: TerminalText, in context: CommandContext
    ) throws {
        if context.output.json {
            return try context.output.writeJSON([
                key: .array(ids.map { .string($0.text) }),
                "booked": .array(kept.map { .string($0.record.id.text) }),
            ])
        }
        let said: TerminalText =
            switch ids.count {
            case 0: "No time of the series was \(done)."
            case 1: "One time of the series was \(done)."
            case let count: "\(count) times of the series were \(done)."
            }
        try context.output.writeOut(said)
        guard !kept.isEmpty else { return }
        try context.output.writeOut(stay)
        try context.output.writeOut(
            SlotView.table(kept, try Presentation(context)), ifEmpty: "")
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
