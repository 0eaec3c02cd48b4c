/// Rows in aligned columns, for people.
///
/// Widths are counted in terminal cells, columns stand two blanks apart, no line ends in blanks.
struct TextTable: Sendable {
    /// A heading and the side on which its cells stand.
    struct Column: Sendable, ExpressibleByStringLiteral {
        enum Alignment: Sendable { case leading, trailing }

        let title: String
        let alignment: Alignment

        init(_ title: String, _ alignment: Alignment = .leading) {
            self.title = title
            self.alignment = alignment
        }

        init(stringLiteral title: String) { self.init(title) }
    }

    private static let gap = 2

    /// A last column narrower than this says nothing; the line wraps instead.
    private static let lastColumnWidthMin = 8

    private let columns: [Column]
    private var rows: [[TerminalText]] = []
    /// What stands below a row, by its index.
    private var notes: [Int: TerminalText] = [:]

    init(_ columns: [Column]) {
        precondition(!columns.isEmpty, "A table has at least one column.")
        self.columns = columns
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row with one cell for each column, and whole lines below it.
    mutating func add(_ cells: [TerminalText], below note: TerminalText? = nil) {
        precondition(cells.count == columns.count, "A row has one cell for each column.")
        notes[rows.count] = note
        rows.append(cells)
    }

    /// The heading and the rows, each ending its line; nothing at all without rows.
    ///
    /// With a width the last column is cut to it. Redirected output has none, because a script
    /// wants the whole text.
    func text(width: Int?) -> TerminalText {
        guard !rows.isEmpty else { return TerminalText() }
        let heading = columns.map { TerminalText($0.title, .faint) }
        var widths = columns.indices.map { column in
            rows.reduce(heading[column].width) { max($0, $1[column].width) }
        }
        let last = columns.count - 1
        if let width {
            let used = widths.dropLast().reduce(0) { $0 + $1 + Self.gap }
            widths[last] = min(widths[last], max(width - used, Self.lastColumnWidthMin))
        }
        var text = line(heading, widths: widths) + "\n"
        for (index, row) in rows.enumerated() {
            text.append(line(row, widths: widths))
            text.append("\n")
            if let note = notes[index] { text.append(note + "\n") }
        }
        return text
    }

    private func line(_ cells: [TerminalText], widths: [Int]) -> TerminalText {
        let lastFilled = cells.lastIndex { $0.width > 0 } ?? 0
        var line = TerminalText()
        for (index, cell) in cells.enumerated().prefix(lastFilled + 1) {
            let cell = index == cells.count - 1 ? cell.truncated(toWidth: widths[index]) : cell
            let padding = TerminalText(
                String(repeating: " ", count: max(0, widths[index] - cell.width)))
            if index > 0 { line.append(TerminalText(String(repeating: " ", count: Self.gap))) }
            if columns[index].alignment == .trailing { line.append(padding) }
            line.append(cell)
            if columns[index].alignment == .leading, index < lastFilled { line.append(padding) }
        }
        return line
    }
}
