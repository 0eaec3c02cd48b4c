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
    private static let gapText = String(repeating: " ", count: gap)

    /// A cell, measured once.
    private struct Cell: Sendable {
        let text: TerminalText
        let width: Int

        init(_ text: TerminalText) {
            self.text = text
            width = text.width
        }
    }

    /// A last column narrower than this says nothing; the line wraps instead.
    private static let lastColumnWidthMin = 8

    private let columns: [Column]
    private var rows: [[Cell]] = []
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
        rows.append(cells.map { Cell($0) })
    }

    /// The heading and the rows, each ending its line; nothing at all without rows.
    ///
    /// With a width the last column is cut to it. Redirected output has none, because a script
    /// wants the whole text.
    func rendered(width: Int?, colour: Bool) -> String {
        guard !rows.isEmpty else { return "" }
        let heading = columns.map { Cell(TerminalText($0.title, .faint)) }
        var widths = heading.map(\.width)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], cell.width)
            }
        }
        let last = columns.count - 1
        if let width {
            let used = widths.dropLast().reduce(0) { $0 + $1 + Self.gap }
            widths[last] = min(widths[last], max(width - used, Self.lastColumnWidthMin))
        }
        var output = ""
        write(heading, to: &output, widths: widths, colour: colour)
        for (index, row) in rows.enumerated() {
            write(row, to: &output, widths: widths, colour: colour)
            guard let note = notes[index] else { continue }
            note.write(to: &output, colour: colour)
            output += "\n"
        }
        return output
    }

    private func write(
        _ cells: [Cell], to output: inout String, widths: [Int], colour: Bool
    ) {
        let lastFilled = cells.lastIndex { $0.width > 0 } ?? 0
        for (index, cell) in cells.enumerated().prefix(lastFilled + 1) {
            var (text, width) = (cell.text, cell.width)
            if width > widths[index] {
                text = text.truncated(toWidth: widths[index])
                width = text.width
            }
            let padding = String(repeating: " ", count: max(0, widths[index] - width))
            if index > 0 { output += Self.gapText }
            if columns[index].alignment == .trailing { output += padding }
            text.write(to: &output, colour: colour)
            if columns[index].alignment == .leading, index < lastFilled { output += padding }
        }
        output += "\n"
    }
}
