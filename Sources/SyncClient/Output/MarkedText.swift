import Model

/// A text with the words in which it differs from the one before, for people: `[-taken out-]` and
/// `{+put in+}`, as `wdiff` and `git diff --word-diff` have it, so that it can be read without
/// colours. Every word that differs is there; what is the same is left out where it is long.
struct MarkedText {
    private enum Kind { case kept, deleted, inserted }

    private struct Line {
        var parts: [(kind: Kind, text: String)] = []
        var isChanged = false
        /// The lines of the text before that it holds or, if it is new, stands behind.
        var linesBefore: ClosedRange<Int>
    }

    private var lines: [Line] = [Line(linesBefore: 0...0)]

    init(from before: String, to after: String) {
        let scalars = Array(before.unicodeScalars)
        var (reached, shift) = (0, 0)
        func text(_ range: Range<Int>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[range])
            return String(view)
        }
        for splice in TextDifference.changedWords(from: before, to: after) {
            let start = splice.position - shift
            let end = start + splice.deletedCount
            add(text(reached..<start), .kept)
            let deleted = text(start..<end)
            // Words on an empty line bring its end along.
            let isLineEnd = !deleted.isEmpty && deleted.allSatisfy(\.isNewline)
            let stays = isLineEnd && splice.inserted.hasSuffix(deleted) ? deleted : ""
            add(stays.isEmpty ? deleted : "", .deleted)
            add(String(splice.inserted.dropLast(stays.count)), .inserted)
            add(stays, .kept)
            shift += splice.inserted.unicodeScalars.count - splice.deletedCount
            reached = end
        }
        add(text(reached..<scalars.count), .kept)
    }

    private mutating func add(_ text: String, _ kind: Kind) {
        guard !text.isEmpty else { return }
        let parts = text.replacing("\r\n", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if kind != .kept, parts.allSatisfy(\.isEmpty) {
            // Nothing but line ends, which could not be seen.
            append(String(repeating: Self.lineEnd, count: parts.count - 1), kind)
            if kind == .deleted {
                let range = lines[lines.count - 1].linesBefore
                let last = range.upperBound + parts.count - 1
                lines[lines.count - 1].linesBefore = range.lowerBound...last
                return
            }
        }
        for (index, part) in parts.enumerated() {
            if index > 0 {
                let before =
                    lines[lines.count - 1].linesBefore.upperBound + (kind == .inserted ? 0 : 1)
                lines.append(Line(isChanged: kind != .kept, linesBefore: before...before))
            }
            append(part, kind)
        }
    }

    private mutating func append(_ text: String, _ kind: Kind) {
        guard !text.isEmpty else { return }
        lines[lines.count - 1].parts.append((kind, text))
        if kind != .kept { lines[lines.count - 1].isChanged = true }
    }

    /// Stands for a line end that comes or goes by itself.
    private static let lineEnd = "¶"

    /// The lines of the text before, counted from 0, in which or behind which something differs.
    var changedLines: Set<Int> {
        Set(lines.filter(\.isChanged).flatMap(\.linesBefore))
    }

    /// Where several differ from one text: the lines of it in which, or right beside which, others
    /// have changed something, too. Nil where there are none.
    static func linesChangedInSeveral(_ texts: [MarkedText]) -> Set<Int>? {
        let changed = texts.map(\.changedLines)
        var found: Set<Int> = []
        for (index, lines) in changed.enumerated() {
            var others: Set<Int> = []
            for other in changed.indices where other != index { others.formUnion(changed[other]) }
            found.formUnion(
                lines.filter { line in (line - 1...line + 1).contains { others.contains($0) } })
        }
        return found.isEmpty ? nil : found
    }

    /// The lines in which something differs, with so many others around them; all of them if
    /// nothing differs. With `chosen` only what differs in, or behind, these lines of the text
    /// before.
    func text(linesAround: Int, indent: String, chosen: Set<Int>? = nil) -> TerminalText {
        let inFocus = lines.indices.filter { index in
            chosen.map { !$0.isDisjoint(with: lines[index].linesBefore) } ?? true
        }
        let changed = inFocus.filter { lines[$0].isChanged }
        var shown = Set(changed.isEmpty ? inFocus : changed)
        for index in changed {
            shown.formUnion(around(index, linesAround, by: -1))
            shown.formUnion(around(index, linesAround, by: 1))
        }
        var result: [TerminalText] = []
        for index in lines.indices {
            if shown.contains(index) {
                let text = Self.text(of: lines[index])
                result.append(text.width == 0 ? text : TerminalText(indent) + text)
            } else if index == 0 || shown.contains(index - 1) {
                result.append(TerminalText(indent) + Self.leftOut)
            }
        }
        return .joined(result)
    }

    /// So many lines with something in them in one direction, and the empty ones before each.
    private func around(_ index: Int, _ count: Int, by step: Int) -> [Int] {
        var (found, left, next) = ([Int](), count, index + step)
        while left > 0, lines.indices.contains(next) {
            found.append(next)
            if !lines[next].parts.isEmpty { left -= 1 }
            next += step
        }
        return found
    }

    private static let leftOut = TerminalText("…", .faint)

    private static func text(of line: Line) -> TerminalText {
        var text = TerminalText()
        for (index, part) in line.parts.enumerated() {
            switch part.kind {
            case .deleted: text.append(TerminalText(lines: "[-\(part.text)-]", .error))
            case .inserted: text.append(TerminalText(lines: "{+\(part.text)+}", .success))
            case .kept:
                text.append(
                    shortened(
                        part.text, isStart: index == 0, isEnd: index == line.parts.count - 1))
            }
        }
        return text
    }

    /// What is kept in full between two changes; of more, as much is shown beside each of them.
    private static let keptCharactersMax = 120
    private static let shownCharacters = 50

    private static func shortened(_ text: String, isStart: Bool, isEnd: Bool) -> TerminalText {
        guard text.count > keptCharactersMax else { return TerminalText(lines: text) }
        var head = text.prefix(shownCharacters)
        if let space = head.lastIndex(of: " ") { head = head[...space] }
        var tail = text.suffix(shownCharacters)
        if let space = tail.firstIndex(of: " ") { tail = tail[space...] }
        // A line without a change is both, and shows how it begins.
        if isEnd { tail = "" } else if isStart { head = "" }
        return TerminalText(lines: String(head)) + leftOut + TerminalText(lines: String(tail))
    }
}
