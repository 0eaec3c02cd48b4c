import Foundation

/// How a cost grows with a size.
struct Growth: Encodable {
    let name: String
    let unit: Figure.Unit
    /// What grows.
    let of: String
    let sizes: [Int]
    let values: [Double]

    /// The slope in logarithms, by least squares: 0 does not grow, 1 grows like the size itself.
    var exponent: Double {
        let points = zip(sizes, values).map { (log(Double($0)), log(max($1, 1e-6))) }
        let count = Double(points.count)
        let x = points.map(\.0).reduce(0, +) / count
        let y = points.map(\.1).reduce(0, +) / count
        let above = points.map { ($0.0 - x) * ($0.1 - y) }.reduce(0, +)
        let below = points.map { ($0.0 - x) * ($0.0 - x) }.reduce(0, +)
        return below > 0 ? above / below : 0
    }

    private enum Key: String, CodingKey { case name, unit, of, sizes, values, exponent }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(unit, forKey: .unit)
        try container.encode(of, forKey: .of)
        try container.encode(sizes, forKey: .sizes)
        try container.encode(values, forKey: .values)
        try container.encode(exponent, forKey: .exponent)
    }

    /// Prints rows with a heading.
    static func printTable(_ growths: [Growth]) {
        let rows =
            [["COST", "WITH", "1×", "10×", "100×", "EXPONENT"]]
            + growths.map { growth in
                [growth.name, "\(growth.sizes[0]) \(growth.of)"]
                    + growth.values.map { String(format: "%.2f \(growth.unit.rawValue)", $0) }
                    + [String(format: "%.2f", growth.exponent)]
            }
        TextRows(rows).print()
    }
}
