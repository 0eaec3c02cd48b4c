/// Arithmetic on numbers that come from others. A record or an answer may hold any number, and what
/// is computed with it must not end the program: what does not fit becomes the nearest that does.
extension Int64 {
    package func adding(clamped other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? (other < 0 ? .min : .max) : sum
    }

    package func subtracting(clamped other: Int64) -> Int64 {
        let (difference, isOver) = subtractingReportingOverflow(other)
        return isOver ? (other < 0 ? .max : .min) : difference
    }

    package func multiplied(clamped other: Int64) -> Int64 {
        let (product, isOver) = multipliedReportingOverflow(by: other)
        return isOver ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// So many minutes in milliseconds.
    package var minutesInMilliseconds: Int64 { multiplied(clamped: 60_000) }
}
