/// Rows of text in aligned columns, for people.
struct TextColumns {
    private let titles: [String]
    private var rows: [[String]] = []

    init(_ titles: String...) {
        self.titles = titles
    }

    mutating func append(_ cells: String...) {
        rows.append(cells.map(TerminalSafe.escape))
    }

    var text: String {
        let all = [titles] + rows
        let widths = titles.indices.map { column in
            all.map { $0[column].count }.max() ?? 0
        }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ")
        }
        .joined(separator: "\n")
    }
}
