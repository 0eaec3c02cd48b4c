/// The five-minute grid on which slots lie, so that a person's time is a set of numbered quanta
/// and a double booking is a primary key violated.
package enum TimeGrid {
    package static let quantumMilliseconds = Int64(Limits.slotGridMinutes) * 60_000

    /// Whether an instant lies on the grid.
    package static func contains(milliseconds: Int64) -> Bool {
        milliseconds % quantumMilliseconds == 0
    }

    /// The quanta that a time touches, before 1970 as well as after; empty for a length of zero or
    /// less. A length of more than ``Limits/slotMinutesMax`` counts as that.
    package static func quanta(startMilliseconds: Int64, minutes: Int64) -> Range<Int64> {
        let length = min(max(minutes, 0), Int64(Limits.slotMinutesMax)) * 60_000
        let (first, isWithin) = startMilliseconds.quotientRoundedDown(by: quantumMilliseconds)
        guard length > 0 else { return first..<first }
        let (count, remainder) = (length + isWithin).quotientRoundedDown(by: quantumMilliseconds)
        return first..<first + count + (remainder > 0 ? 1 : 0)
    }
}

extension Int64 {
    /// Division that rounds towards the past: the remainder is never negative.
    fileprivate func quotientRoundedDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
