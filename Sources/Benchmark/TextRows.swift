/// Cells in columns: the first to the left, all others to the right.
struct TextRows {
    private let rows: [[String]]

    init(_ rows: [[String]]) { self.rows = rows }

    func print() {
        guard let first = rows.first else { return }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).enumerated().map { index, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + padding : padding + cell.0
            }
            Swift.print(cells.joined(separator: "  "))
        }
    }
}
