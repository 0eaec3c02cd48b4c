import Foundation

/// Figures as people and as programs read them.
struct FigureTable {
    private let figures: [Figure]

    init(_ figures: [Figure]) { self.figures = figures }

    /// Prints the table, and after it one line of JSON.
    func print() throws {
        printRows()
        Swift.print(String(decoding: try json, as: UTF8.self))
    }

    /// All figures, as one line of JSON.
    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return try encoder.encode(figures)
        }
    }

    func printRows() {
        let rows =
            [["FIGURE", "VALUE", "SPREAD", "COMPARISON", "RATIO", "GOAL", ""]] + figures.map(cells)
        TextRows(rows).print()
    }

    private func cells(_ figure: Figure) -> [String] {
        [
            figure.name, "\(Self.text(figure.value)) \(figure.unit.rawValue)",
            figure.spread.isEmpty
                ? "" : figure.spread.map(Self.text).joined(separator: "–"),
            figure.comparison.map { "\(Self.text($0)) \(figure.unit.rawValue)" } ?? "",
            figure.ratio.map(Self.text) ?? "",
            figure.goal.map { "\($0.sign) \(Self.text($0.bound))" } ?? "",
            figure.isMet.map { $0 ? "met" : "missed" } ?? "",
        ]
    }

    /// Three digits that count.
    private static func text(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let digits = max(0, 2 - Int(floor(log10(abs(value)))))
        return String(format: "%.\(min(digits, 5))f", value)
    }
}
