/// One measured figure: a row of the table that `waymark-bench` prints.
struct Figure: Encodable {
    let name: String
    let value: Double
    let unit: Unit
    /// The same of the comparison, measured in the same run.
    var comparison: Double?
    /// The least and the greatest of all runs.
    var spread: [Double] = []
    /// At most this is promised, of the ratio if there is a comparison, else of the value.
    var goal: Double?

    enum Unit: String, Encodable {
        case milliseconds = "ms"
        case bytes = "B"
        case mebibytes = "MiB"
        case count = ""
    }

    var ratio: Double? { comparison.map { value / $0 } }

    private enum Key: String, CodingKey {
        case name, value, unit, comparison, ratio, spread, goal
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(comparison, forKey: .comparison)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(spread, forKey: .spread)
        try container.encode(goal, forKey: .goal)
    }

    /// The median of several runs of the same measurements, figure by figure.
    static func medians(of runs: [[Figure]]) -> [Figure] {
        guard let first = runs.first else { return [] }
        return first.indices.map { index in
            let ordered = runs.map { $0[index] }.sorted {
                ($0.ratio ?? $0.value) < ($1.ratio ?? $1.value)
            }
            var median = ordered[ordered.count / 2]
            let values = ordered.map(\.value)
            median.spread = [values.min() ?? median.value, values.max() ?? median.value]
            return median
        }
    }
}
