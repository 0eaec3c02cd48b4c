/// Text that is safe to show on a terminal.
///
/// String literals are trusted; whatever is interpolated is not, and gets its control characters
/// escaped on the way in. A member's title can therefore not clear the screen, retitle the window
/// or turn the line around, and no command has to remember it:
///
///     "Task \(title, .emphasis) is due \(time)."
struct TerminalText: Hashable, Sendable {
    /// What a part of the text means; the colours follow from it.
    enum Style: Sendable {
        case plain, emphasis, faint, success, warning, error

        /// The parameter of the escape sequence "select graphic rendition".
        fileprivate var code: String {
            switch self {
            case .plain: "0"
            case .emphasis: "1"
            case .faint: "2"
            case .success: "32"
            case .warning: "33"
            case .error: "1;31"
            }
        }
    }

    /// A safe piece of text in one style.
    struct Span: Hashable, Sendable {
        let text: String
        let style: Style
    }

    private(set) var spans: [Span]

    /// Creates an empty text.
    init() { spans = [] }

    /// Escapes a text for a single line.
    init(_ text: String, _ style: Style = .plain) {
        spans = [Span(text: Self.escape(text), style: style)]
    }

    /// Escapes a text and leaves its line ends and tabs.
    init(lines text: String, _ style: Style = .plain) {
        spans = [Span(text: Self.escape(text, keepingLines: true), style: style)]
    }

    mutating func append(_ other: TerminalText) { spans += other.spans }

    static func + (left: TerminalText, right: TerminalText) -> TerminalText {
        TerminalText(spans: left.spans + right.spans)
    }

    /// Puts the texts one after the other, each on its own line.
    static func joined(_ texts: [TerminalText], separator: TerminalText = "\n") -> TerminalText {
        var result = TerminalText()
        for (index, text) in texts.enumerated() {
            if index > 0 { result.append(separator) }
            result.append(text)
        }
        return result
    }

    /// The safe text without colours.
    var plain: String { spans.map(\.text).joined() }

    /// The bytes for the terminal, with colours where wanted.
    func rendered(colour: Bool) -> String {
        var output = ""
        write(to: &output, colour: colour)
        return output
    }

    func write(to output: inout String, colour: Bool) {
        for span in spans {
            guard colour, span.style != .plain, !span.text.isEmpty else {
                output += span.text
                continue
            }
            output += "\u{1B}[\(span.style.code)m\(span.text)\u{1B}[0m"
        }
    }

    /// The number of terminal cells, as if on one line.
    var width: Int { spans.reduce(0) { $0 + DisplayWidth.of($1.text) } }

    /// The beginning that fits into so many cells, with an ellipsis where something was cut.
    func truncated(toWidth limit: Int) -> TerminalText {
        guard width > limit else { return self }
        var remaining = max(0, limit - 1)
        var kept: [Span] = []
        for span in spans {
            let text = DisplayWidth.prefix(of: span.text, upTo: remaining)
            kept.append(Span(text: text, style: span.style))
            remaining -= DisplayWidth.of(text)
            if text.count < span.text.count { break }
        }
        return limit < 1
            ? TerminalText() : TerminalText(spans: kept + [Span(text: "…", style: .plain)])
    }

    private init(spans: [Span]) { self.spans = spans }
}

extension TerminalText {
    /// Shows control characters, direction overrides, line separators and what cannot be seen as
    /// `\u{1B}`.
    ///
    /// The two joiners stay where they do their work, between letters or signs beyond ASCII:
    /// Persian and Hindi words and families of emoji need them.
    /// With `keepingLines` the line end and the tab stay, and a carriage return in front of a
    /// line end goes, because text from other systems has it there without harm.
    static func escape(_ text: String, keepingLines: Bool = false) -> String {
        guard !isPlain(text), text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            if keepingLines {
                let isLineEnd =
                    scalar == "\r" && index + 1 < scalars.count
                    && scalars[index + 1] == "\n"
                if isLineEnd { continue }
                if scalar == "\n" || scalar == "\t" {
                    result.unicodeScalars.append(scalar)
                    continue
                }
            }
            if isUnsafe(scalar), !isJoining(scalars, at: index) {
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Replaces every run of blanks and line ends by one space: a long text as one line.
    static func flattened(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// How a long text begins, on one line.
    static func opening(of text: String) -> String {
        let words = flattened(String(text.prefix(2 * openingCharacters)))
        return words.count <= openingCharacters && text.count <= 2 * openingCharacters
            ? words : words.prefix(openingCharacters) + "…"
    }

    private static let openingCharacters = 60

    /// Whether a joiner has letters or signs on both sides that it can join.
    private static func isJoining(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        func canBeJoined(_ neighbour: Int) -> Bool {
            scalars.indices.contains(neighbour) && !scalars[neighbour].isASCII
                && !isUnsafe(scalars[neighbour]) && !scalars[neighbour].properties.isWhitespace
        }
        return (0x200C...0x200D).contains(scalars[index].value)
            && canBeJoined(index - 1) && canBeJoined(index + 1)
    }

    /// Whether there is nothing in a text that a person could see.
    static func isInvisible(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.isWhitespace || isUnsafe($0) }
    }

    /// Whether there are only visible signs of ASCII and blanks, as in nearly all text: one byte and
    /// one cell each.
    static func isPlain(_ text: some StringProtocol) -> Bool {
        func isPlain(_ bytes: some Sequence<UInt8>) -> Bool {
            bytes.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
        }
        return text.utf8.withContiguousStorageIfAvailable { isPlain($0) } ?? isPlain(text.utf8)
    }

    /// Control characters (C0, DEL, C1), line and paragraph separator, the marks, overrides and
    /// isolates of text direction, spaces and joiners without width, the soft hyphen, letters that
    /// show nothing, the byte order mark and the annotation marks.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: false
        case 0x00...0x1F, 0x7F...0x9F, 0xAD, 0x061C, 0x115F...0x1160, 0x200B...0x200F,
            0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9...0xFFFB:
            true
        default: false
        }
    }
}

extension TerminalText: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { spans = [Span(text: value, style: .plain)] }

    init(stringInterpolation: StringInterpolation) { spans = stringInterpolation.spans }

    /// Collects trusted literals and escaped values.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var spans: [Span] = []

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { spans.append(Span(text: literal, style: .plain)) }
        }

        mutating func appendInterpolation(_ text: some StringProtocol, _ style: Style = .plain) {
            spans += TerminalText(String(text), style).spans
        }

        mutating func appendInterpolation(lines text: String, _ style: Style = .plain) {
            spans += TerminalText(lines: text, style).spans
        }

        mutating func appendInterpolation(_ number: some BinaryInteger, _ style: Style = .plain) {
            spans += TerminalText(String(number), style).spans
        }

        mutating func appendInterpolation(_ text: TerminalText) { spans += text.spans }
    }
}
