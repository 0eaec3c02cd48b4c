/// One measured figure: a row of the table that `waymark-bench` prints.
struct Figure: Encodable {
    let name: String
    let value: Double
    let unit: Unit
    /// The same of the comparison, measured in the same run.
    var comparison: Double?
    /// The least and the greatest of all runs.
    var spread: [Double] = []
    /// Of the ratio if ``isGoalOfRatio``, else of the value.
    var goal: Goal?
    var isGoalOfRatio = true

    enum Unit: String, Encodable {
        case milliseconds = "ms"
        case seconds = "s"
        case bytes = "B"
        case mebibytes = "MiB"
        case perSecond = "/s"
        case count = ""
    }

    init(
        _ name: String, _ value: Double, _ unit: Unit, beside comparison: Double? = nil,
        goal: Goal? = nil, isGoalOfRatio: Bool = true
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.comparison = comparison
        self.goal = goal
        self.isGoalOfRatio = isGoalOfRatio
    }

    var ratio: Double? { comparison.map { value / $0 } }

    /// Nil without a goal.
    var isMet: Bool? {
        goal.map { $0.isMet(by: (isGoalOfRatio ? ratio : nil) ?? value) }
    }

    private enum Key: String, CodingKey {
        case name, value, unit, comparison, ratio, spread, goal, met
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(comparison, forKey: .comparison)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(spread, forKey: .spread)
        try container.encode(goal.map { "\($0.sign) \($0.bound)" }, forKey: .goal)
        try container.encode(isMet, forKey: .met)
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
