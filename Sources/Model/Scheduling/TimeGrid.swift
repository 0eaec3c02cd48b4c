/// The five-minute grid on which slots lie, so that a person's time is a set of numbered quanta
/// and a double booking is a primary key violated.
package enum TimeGrid {
    package static let quantumMilliseconds = Int64(Limits.slotGridMinutes) * 60_000

    /// Whether an instant lies on the grid.
    package static func contains(milliseconds: Int64) -> Bool {
        milliseconds % quantumMilliseconds == 0
    }

    /// The quanta that a slot occupies; empty for a length of zero.
    package static func quanta(startMilliseconds: Int64, minutes: Int64) -> Range<Int64> {
        let first = startMilliseconds / quantumMilliseconds
        let count = (minutes + Int64(Limits.slotGridMinutes) - 1) / Int64(Limits.slotGridMinutes)
        return first..<first + max(count, 0)
    }
}
