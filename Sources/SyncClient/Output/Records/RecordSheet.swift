/// One record in full, for people: a heading, labelled lines, and long texts below them.
struct RecordSheet {
    private let heading: TerminalText
    private var rows: [(label: String, text: TerminalText)] = []
    private var paragraphs: [TerminalText] = []

    init(_ heading: TerminalText) {
        self.heading = heading
    }

    /// Adds a line; nothing for a text that is missing or empty.
    mutating func add(_ label: String, _ text: TerminalText?) {
        guard let text, text.width > 0 else { return }
        rows.append((label, text))
    }

    /// Adds a long text with its line ends; nothing for one that is missing or empty.
    mutating func addParagraph(_ text: String?, label: String? = nil) {
        guard let text, !text.isEmpty else { return }
        let head = label.map { TerminalText("\($0):", .faint) + "\n" } ?? TerminalText()
        paragraphs.append(head + TerminalText(lines: text))
    }

    var text: TerminalText {
        let width = rows.reduce(0) { max($0, DisplayWidth.of($1.label)) }
        let lines = rows.map { label, text in
            let padding = String(repeating: " ", count: width - DisplayWidth.of(label))
            return "  \(label + padding, .faint)  " + text
        }
        let head = TerminalText.joined([heading] + lines)
        return TerminalText.joined([head] + paragraphs, separator: "\n\n")
    }
}
