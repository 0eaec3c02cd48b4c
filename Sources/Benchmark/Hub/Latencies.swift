/// How long many things took.
struct Latencies {
    private let ordered: [Double]

    init(_ times: [Duration]) { ordered = times.map(\.milliseconds).sorted() }

    var count: Int { ordered.count }

    /// In milliseconds; 0 where there are none.
    var median: Double { quantile(0.5) }
    var p99: Double { quantile(0.99) }
    var worst: Double { ordered.last ?? 0 }

    private func quantile(_ part: Double) -> Double {
        ordered.isEmpty ? 0 : ordered[min(ordered.count - 1, Int(Double(ordered.count) * part))]
    }
}
