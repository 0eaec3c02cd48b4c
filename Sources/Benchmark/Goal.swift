/// What is promised of a figure, or of its ratio to the comparison.
enum Goal {
    case atMost(Double)
    case atLeast(Double)

    func isMet(by value: Double) -> Bool {
        switch self {
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        }
    }

    var bound: Double {
        switch self {
        case .atMost(let bound), .atLeast(let bound): bound
        }
    }

    var sign: String {
        switch self {
        case .atMost: "≤"
        case .atLeast: "≥"
        }
    }
}
