/// How many values were at most each of a few bounds, in the way Prometheus counts.
struct Histogram: Equatable, Sendable {
    /// Ascending; what is above the last falls into one more bucket, which has no bound.
    let bounds: [Double]
    private var counts: [Int]
    private(set) var sum = 0.0

    /// For times in seconds, from half a millisecond to ten seconds.
    static let seconds = Histogram(
        bounds: [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        ])

    /// For small counts.
    static let powersOfTwo = Histogram(bounds: (0...8).map { Double(1 << $0) })

    init(bounds: [Double]) {
        precondition(
            zip(bounds, bounds.dropFirst()).allSatisfy(<), "The bounds of buckets ascend.")
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: Int { counts.reduce(0, +) }

    /// How many values were at most each bound; the last is ``count``.
    var cumulativeCounts: [Int] {
        var sum = 0
        return counts.map { count in
            sum += count
            return sum
        }
    }

    mutating func note(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
