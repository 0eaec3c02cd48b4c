/// Labelled lines, for people: what a single object looks like.
///
///     Title   Read chapter two
///     Due     Fri 2026-12-04 10:00
enum Facts {
    /// Lines with their labels aligned; those without a text are left out.
    static func text(_ facts: [(label: String, text: TerminalText)]) -> TerminalText {
        let shown = facts.filter { !$0.text.plain.isEmpty }
        let width = shown.reduce(0) { max($0, DisplayWidth.of($1.label)) } + 2
        var text = TerminalText()
        for fact in shown {
            let gap = String(repeating: " ", count: width - DisplayWidth.of(fact.label))
            text.append(TerminalText(fact.label, .faint))
            text.append(TerminalText(gap))
            text.append(fact.text)
            text.append("\n")
        }
        return text
    }
}
