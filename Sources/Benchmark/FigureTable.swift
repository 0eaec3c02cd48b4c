import Foundation

/// Figures as people read them, and after them one line of JSON.
struct FigureTable {
    private let figures: [Figure]

    init(_ figures: [Figure]) { self.figures = figures }

    func print() throws {
        let rows =
            [["FIGURE", "VALUE", "SPREAD", "COMPARISON", "RATIO", "GOAL", ""]] + figures.map(cells)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).enumerated().map { index, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + padding : padding + cell.0
            }
            Swift.print(cells.joined(separator: "  "))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        Swift.print(String(decoding: try encoder.encode(figures), as: UTF8.self))
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
