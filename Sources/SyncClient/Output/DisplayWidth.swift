/// Counts the cells that text takes on a terminal.
///
/// Chinese, Japanese and Korean characters and emoji take two, combining marks none. Terminals
/// differ in rare scripts; these are the rules of `wcwidth` on Unicode's East Asian Width, with
/// emoji sequences taken as one picture.
enum DisplayWidth {
    static func of(_ text: some StringProtocol) -> Int {
        if TerminalText.isPlain(text) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    static func of(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        let isPicture = scalars.contains {
            $0.properties.isEmojiPresentation || $0 == "\u{FE0F}"
        }
        return isPicture ? 2 : scalars.reduce(0) { $0 + of($1) }
    }

    /// The longest beginning of whole characters that fits into so many cells.
    static func prefix(of text: String, upTo limit: Int) -> String {
        var used = 0
        var end = text.startIndex
        for index in text.indices {
            used += of(text[index])
            if used > limit { break }
            end = text.index(after: index)
        }
        return String(text[..<end])
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x20 || (0x7F...0x9F).contains(value) { return 0 }
        if value < 0x300 { return 1 }
        if isWide(value) { return 2 }
        // Vowels and final consonants of Korean syllables join the consonant before them.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: return 1
        }
    }

    /// East Asian Width W and F, joined over the small gaps between the blocks.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF,
        0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
        0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
        0x1F200...0x1F2FF, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
    ]

    private static func isWide(_ value: UInt32) -> Bool {
        value >= 0x1100 && wideRanges.contains { $0.contains(value) }
    }
}
