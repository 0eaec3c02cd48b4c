/// From two texts to splices: what somebody changed between opening a text and saving it.
///
/// A history keeps every character ever inserted, so what matters first is to take for new only
/// what is new. The way there is that of tools that compare files: what both texts begin and end
/// with is set aside; the rest is compared line by line; and where lines have been replaced by
/// others, those are compared word by word.
///
/// The second thing that matters is what becomes of the splices when somebody else has edited the
/// same text at the same time. A merge keeps what each of the two has inserted, where it stood
/// beside what neither of them has deleted. So what counts as kept decides what people read:
///
/// * **Words are replaced as wholes.** Comparing letters would be shorter, but then two people who
///   at the same time make "lord" and "sword" of one "word" get "slord", and nobody notices. So
///   they get both, and ``TextOverlap`` tells them. Scripts that do without spaces, and words so
///   long that they are none, are compared character by character.
/// * **Rewritten sentences are replaced as wholes.** A "the" that two sentences share by chance
///   would hold both apart, and two rewrites would come out word between word. What is kept counts
///   for nothing if there is less of it than of what was changed around it; corrections of single
///   words stay small (`TextDifference+Sentences`).
/// * **A moved paragraph is the lighter one.** Lines are matched so that the most text is kept, and
///   an empty line weighs next to nothing. A line is what stands in it; how it ends is compared by
///   itself, so that the last line of a text, which often has no end, is like others, and so that
///   line ends can change under words that somebody adds (`SequenceDifference+Weights`).
/// * **A word goes with the space before it.** Two words that are put in at one place by two people
///   are two words then (`TextDifference+Spaces`).
///
/// Replicas need not agree on any of this, because only whoever saves looks for differences.
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
        var regions = joinedRewrites(differences(old, new), old)
        regions = wholeSentences(regions, old, new)
        regions = spaced(regions, old, new)
        return splices(of: capped(regions), new)
    }

    /// The same for people to look at: no more than the words that differ, however a merge would
    /// deal with them.
    package static func changedWords(from old: String, to new: String) -> [TextSplice] {
        let (old, new) = (Array(old.unicodeScalars), Array(new.unicodeScalars))
        return splices(of: capped(differences(old, new)), new)
    }

    /// A stretch of the old text and what stands in its place in the new one.
    typealias Region = SequenceDifference.Region
    typealias Scalars = [Unicode.Scalar]

    private static func splices(of regions: [Region], _ new: Scalars) -> [TextSplice] {
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

    // MARK: Lines and words

    private static func differences(_ old: Scalars, _ new: Scalars) -> [Region] {
        var stepsLeft = SequenceDifference.stepsMax
        return differingLines(old, new, &stepsLeft).flatMap {
            differingWords($0, old, new, &stepsLeft)
        }
    }

    /// What lies between lines that stand in both texts. The line ends are part of it.
    private static func differingLines(
        _ old: Scalars, _ new: Scalars, _ stepsLeft: inout Int
    ) -> [Region] {
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

        let (oldLines, newLines) = (lines(old[region.old]), lines(new[region.new]))
        var numbers = Numbers()
        let oldNumbers = oldLines.map { numbers.number(of: old[$0]) }
        let newNumbers = newLines.map { numbers.number(of: new[$0]) }
        let parts = SequenceDifference.regions(
            from: oldNumbers, to: newNumbers, weights: numbers.units.map(weight),
            stepsLeft: &stepsLeft)

        var regions: [Region] = []
        var reached = (old: region.old.lowerBound, new: region.new.lowerBound)
        func close(_ oldStart: Int, _ newStart: Int) {
            let between = Region(old: reached.old..<oldStart, new: reached.new..<newStart)
            if !old[between.old].elementsEqual(new[between.new]) { regions.append(between) }
        }
        var next = (old: 0, new: 0)
        let ending = Region(
            old: oldLines.count..<oldLines.count, new: newLines.count..<newLines.count)
        for part in parts + [ending] {
            while next.old < part.old.lowerBound {
                let (oldLine, newLine) = (oldLines[next.old], newLines[next.new])
                close(oldLine.lowerBound, newLine.lowerBound)
                reached = (oldLine.upperBound, newLine.upperBound)
                next = (next.old + 1, next.new + 1)
            }
            next = (part.old.upperBound, part.new.upperBound)
        }
        close(region.old.upperBound, region.new.upperBound)
        return regions
    }

    /// How much it matters that a line is kept: as much as it costs to write it anew.
    private static func weight(_ line: ArraySlice<Unicode.Scalar>) -> Int {
        line.contains { !$0.isBlank } ? line.count + 1 : 1
    }

    /// Compares the words between two lines.
    private static func differingWords(
        _ lines: Region, _ old: Scalars, _ new: Scalars, _ stepsLeft: inout Int
    ) -> [Region] {
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
        let (oldWords, newWords) = (words(old[region.old]), words(new[region.new]))
        var numbers = Numbers()
        let oldNumbers = oldWords.map { numbers.number(of: old[$0]) }
        let newNumbers = newWords.map { numbers.number(of: new[$0]) }
        let parts = SequenceDifference.regions(
            from: oldNumbers, to: newNumbers, stepsLeft: &stepsLeft)
        return parts.map { part in
            Region(
                old: span(part.old, of: oldWords, in: region.old),
                new: span(part.new, of: newWords, in: region.new))
        }
    }

    /// Whether words and characters end here for certain, without a look at what is around.
    private static func isCut(_ text: Scalars, _ index: Int) -> Bool {
        guard index > 0, index < text.count else { return true }
        return text[index - 1] == "\n" || text[index - 1] == " " && text[index].isASCII
    }

    /// The different units of two texts, numbered as they come.
    private struct Numbers {
        private(set) var units: [ArraySlice<Unicode.Scalar>] = []
        private var known: [Unit: Int] = [:]

        /// Hashed as a whole, which is much faster than scalar by scalar.
        private struct Unit: Hashable {
            let text: ArraySlice<Unicode.Scalar>

            func hash(into hasher: inout Hasher) {
                text.withUnsafeBytes { hasher.combine(bytes: $0) }
            }
        }

        mutating func number(of unit: ArraySlice<Unicode.Scalar>) -> Int {
            let key = Unit(text: unit)
            if let number = known[key] { return number }
            known[key] = units.count
            units.append(unit)
            return units.count - 1
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

    /// Lines without their ends.
    private static func lines(_ text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        var (lines, start): ([Range<Int>], Int) = ([], text.startIndex)
        for index in text.indices where text[index] == "\n" {
            let isPair = index > start && text[index - 1] == "\r"
            lines.append(start..<(isPair ? index - 1 : index))
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

    /// What people take for one character: accents and joined emoji are not torn apart. A line end
    /// of two is: if one person takes the "\r" away, or two do, the words beside it stay.
    private static func characters(_ text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        if text.allSatisfy(\.isASCII) { return text.indices.map { $0..<$0 + 1 } }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        var characters: [Range<Int>] = []
        var start = text.startIndex
        for character in String(view) {
            let count = character.unicodeScalars.count
            if character == "\r\n" {
                characters += [start..<start + 1, start + 1..<start + 2]
            } else {
                characters.append(start..<start + count)
            }
            start += count
        }
        return characters
    }

    // MARK: Cap

    /// Joins the regions with the least text between them until there are few enough.
    private static func capped(_ regions: [Region]) -> [Region] {
        guard regions.count > splicesMax else { return regions }
        let gaps = zip(regions, regions.dropFirst()).map { $1.old.lowerBound - $0.old.upperBound }
        let kept = Set(
            gaps.indices.sorted { (gaps[$0], $1) > (gaps[$1], $0) }.prefix(splicesMax - 1))
        var joined: [Region] = []
        for (index, region) in regions.enumerated() {
            if let last = joined.last, !kept.contains(index - 1) {
                joined[joined.count - 1] = last.joined(with: region)
            } else {
                joined.append(region)
            }
        }
        return joined
    }
}

extension Unicode.Scalar {
    var isBlank: Bool { isASCII ? self == " " || 9...13 ~= value : properties.isWhitespace }

    /// White space and punctuation, and the letters of scripts that write no spaces.
    var isBetweenWords: Bool {
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
