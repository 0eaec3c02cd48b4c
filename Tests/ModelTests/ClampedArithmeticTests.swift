import Model
import Testing

@Suite struct ClampedArithmeticTests {
    private static let numbers: [Int64] = [
        .min, .min + 1, -60_000, -1, 0, 1, 2, 60_000, .max - 1, .max,
    ]

    /// The same as in a type that is wide enough.
    private static func nearest(_ exact: Int128) -> Int64 {
        Int64(min(max(exact, Int128(Int64.min)), Int128(Int64.max)))
    }

    @Test func whatDoesNotFitBecomesTheNearestThatDoes() {
        for left in Self.numbers {
            for right in Self.numbers {
                let (one, other) = (Int128(left), Int128(right))
                #expect(left.adding(clamped: right) == Self.nearest(one + other))
                #expect(left.subtracting(clamped: right) == Self.nearest(one - other))
                #expect(left.multiplied(clamped: right) == Self.nearest(one * other))
            }
            #expect(left.minutesInMilliseconds == Self.nearest(Int128(left) * 60_000))
        }
    }
}
