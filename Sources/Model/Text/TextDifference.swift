/// From two texts to splices: what somebody changed between opening a text and saving it.
///
/// A history keeps every character ever inserted, so what matters is to take for new only what is
/// new. The way there is that of tools that compare files: what both texts begin and end with is
/// set aside; the rest is compared line by line; and where lines have been replaced by others,
/// those are compared word by word.
///
/// A word that has changed is replaced as a whole. Comparing letters would be shorter, but then
/// two people who at the same time make "lord" and "sword" of one "word" get "slord", and nobody
/// notices. So they get both, and ``TextOverlap`` tells them. Scripts that do without spaces, and
/// words so long that they are none, are compared character by character.
///
/// The work is bounded (see ``SequenceDifference``), and so is the number of splices: beyond
/// ``splicesMax``, those with the least text kept between them are joined.
package enum TextDifference {
    /// More splices than this are no longer what a person has changed here and there.
    package static let splicesMax = 512
    /// Longer than any word that is written; addresses of web pages are longer.
    private static let wordCountMax = 32

    /// Splices that make the old text the new one, each for the text that the ones before leave;
    /// positions ascend. None if the texts have the same bytes.
    package static func splices(from old: String, to new: String) -> [TextSplice] {
        let (old, new) = (Array(old.unicodeScalars), Array(new.unicodeScalars))
        var regions = differingLines(old, new).flatMap { region in
            refined(region, old, new)
        }
        if regions.count > splicesMax { regions = joined(regions) }
        var shift = 0
        return regions.map { region in
            var inserted = String.UnicodeScalarView()
            inserted.append(contentsOf: new[region.new])
            defer { shift += region.new.count - region.old.count }
            return TextSplice(
                position: region.old.lowerBound + shift, deletedCount: region.old.count,
                inserted: String(inserted))
        }
    }

    /// A stretch of the old text and what stands in its place in the new one.
    typealias Region = SequenceDifference.Region
    private typealias Scalars = [Unicode.Scalar]

    private static func differingLines(_ old: Scalars, _ new: Scalars) -> [Region] {
        let whole = Region(old: old.indices, new: new.indices).trimmed { old[$0] == new[$1] }
        guard !whole.isEmpty else { return [] }
        // Whole lines are compared, so the first and the last line count in full.
        let start = whole.old.lowerBound
        let lineStart = (old[..<start].lastIndex(of: "\n") ?? -1) + 1
        let oldEnd = whole.old.upperBound
        let lineEnd = old[oldEnd...].firstIndex(of: "\n").map { $0 + 1 } ?? old.count
        let region = Region(
            old: lineStart..<lineEnd,
            new: lineStart..<whole.new.upperBound + (lineEnd - oldEnd))
        return compared(region, old, new, cutInto: lines)
    }

    /// Compares the words of a region of whole lines.
    private static func refined(_ lines: Region, _ old: Scalars, _ new: Scalars) -> [Region] {
        var region = lines.trimmed { old[$0] == new[$1] }
        // Back to where in both texts a word begins, because half a word means nothing.
        while region.old.lowerBound > lines.old.lowerBound,
            !(isCut(old, region.old.lowerBound) && isCut(new, region.new.lowerBound))
        {
            region.old = region.old.lowerBound - 1..<region.old.upperBound
            region.new = region.new.lowerBound - 1..<region.new.upperBound
        }
        while region.old.upperBound < lines.old.upperBound,
            !(isCut(old, region.old.upperBound) && isCut(new, region.new.upperBound))
        {
            region.old = region.old.lowerBound..<region.old.upperBound + 1
            region.new = region.new.lowerBound..<region.new.upperBound + 1
        }
        return compared(region, old, new, cutInto: words)
    }

    /// Whether words and characters end here for certain, without a look at what is around.
    private static func isCut(_ text: Scalars, _ index: Int) -> Bool {
        guard index > 0, index < text.count else { return true }
        return text[index - 1] == "\n" || text[index - 1] == " " && text[index].isASCII
    }

    /// Compares a region by units of text.
    private static func compared(
        _ region: Region, _ old: Scalars, _ new: Scalars,
        cutInto units: (ArraySlice<Unicode.Scalar>) -> [Range<Int>]
    ) -> [Region] {
        let oldUnits = units(old[region.old])
        let newUnits = units(new[region.new])
        var numbers: [ArraySlice<Unicode.Scalar>: Int] = [:]
        func number(_ unit: ArraySlice<Unicode.Scalar>) -> Int {
            if let known = numbers[unit] { return known }
            numbers[unit] = numbers.count
            return numbers.count - 1
        }
        let oldNumbers = oldUnits.map { number(old[$0]) }
        let newNumbers = newUnits.map { number(new[$0]) }
        return SequenceDifference.regions(from: oldNumbers, to: newNumbers).map { part in
            Region(
                old: span(part.old, of: oldUnits, in: region.old),
                new: span(part.new, of: newUnits, in: region.new))
        }
    }

    private static func span(
        _ part: Range<Int>, of units: [Range<Int>], in whole: Range<Int>
    ) -> Range<Int> {
        let start =
            part.lowerBound < units.count ? units[part.lowerBound].lowerBound : whole.upperBound
        return start..<(part.isEmpty ? start : units[part.upperBound - 1].upperBound)
    }

    // MARK: Units

    private static func lines(_ text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        var (lines, start): ([Range<Int>], Int) = ([], text.startIndex)
        for index in text.indices where text[index] == "\n" {
            lines.append(start..<index + 1)
            start = index + 1
        }
        if start < text.endIndex { lines.append(start..<text.endIndex) }
        return lines
    }

    /// Words, and single characters between them.
    private static func words(_ text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        var (words, word): ([Range<Int>], [Range<Int>]) = ([], [])
        func endWord() {
            if word.count > wordCountMax {
                words += word
            } else if let first = word.first, let last = word.last {
                words.append(first.lowerBound..<last.upperBound)
            }
            word.removeAll(keepingCapacity: true)
        }
        for character in characters(text) {
            if text[character.lowerBound].isBetweenWords {
                endWord()
                words.append(character)
            } else {
                word.append(character)
            }
        }
        endWord()
        return words
    }

    /// What people take for one character: accents, joined emoji, a line end of two are not torn
    /// apart. Replicas need not agree on this, because only whoever saves looks for differences.
    private static func characters(_ text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        if text.allSatisfy({ $0.isASCII && $0 != "\r" }) {
            return text.indices.map { $0..<$0 + 1 }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        var start = text.startIndex
        return String(view).map { character in
            let end = start + character.unicodeScalars.count
            defer { start = end }
            return start..<end
        }
    }

    // MARK: Cap

    /// Joins the regions with the least text between them until there are few enough.
    private static func joined(_ regions: [Region]) -> [Region] {
        let gaps = zip(regions, regions.dropFirst()).map { $1.old.lowerBound - $0.old.upperBound }
        let kept = Set(
            gaps.indices.sorted { (gaps[$0], $1) > (gaps[$1], $0) }.prefix(splicesMax - 1))
        var joined: [Region] = []
        for (index, region) in regions.enumerated() {
            if let last = joined.last, !kept.contains(index - 1) {
                joined[joined.count - 1] = Region(
                    old: last.old.lowerBound..<region.old.upperBound,
                    new: last.new.lowerBound..<region.new.upperBound)
            } else {
                joined.append(region)
            }
        }
        return joined
    }
}

extension Unicode.Scalar {
    /// White space and punctuation, and the letters of scripts that write no spaces.
    fileprivate var isBetweenWords: Bool {
        switch value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: false
        case 0..<0x80: true
        // The apostrophe of typography is of a word; other general punctuation is not.
        case 0x2019: false
        case 0x2010...0x2027: true
        // Thai, Lao, Myanmar, Khmer; Chinese and Japanese.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        case 0x3000...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
        default: properties.isWhitespace
        }
    }
}
