/// Lines, and the marks of lists before them.
extension TextDifference {
    /// What lies between two things that both texts have.
    struct Gap {
        enum Kind {
            /// To be compared word by word.
            case words
            /// To be replaced as it is.
            case whole
            /// What stands before the same words of a line.
            case mark
        }

        let region: Region
        let kind: Kind
    }

    /// Collects gaps from the beginning of a region to its end.
    struct Gaps {
        private(set) var gaps: [Gap] = []
        private let (old, new): (Scalars, Scalars)
        private var (oldReached, newReached): (Int, Int)

        init(_ old: Scalars, _ new: Scalars, in region: Region) {
            (self.old, self.new) = (old, new)
            (oldReached, newReached) = (region.old.lowerBound, region.new.lowerBound)
        }

        /// Takes what lies up to here for a gap, unless it is the same.
        mutating func reach(_ oldEnd: Int, _ newEnd: Int, as kind: Gap.Kind) {
            let region = Region(old: oldReached..<oldEnd, new: newReached..<newEnd)
            pass(oldEnd, newEnd)
            guard !old[region.old].elementsEqual(new[region.new]) else { return }
            gaps.append(Gap(region: region, kind: kind))
        }

        /// Takes what lies up to here for words, without the mark of a list that both begin with.
        mutating func reachWords(_ oldEnd: Int, _ newEnd: Int) {
            if isLineStart(old, oldReached), isLineStart(new, newReached) {
                let count = markEnd(old, oldReached) - oldReached
                if oldReached + count < oldEnd, newReached + count < newEnd,
                    markEnd(new, newReached) - newReached == count,
                    old[oldReached..<oldReached + count].elementsEqual(
                        new[newReached..<newReached + count])
                {
                    pass(oldReached + count, newReached + count)
                }
            }
            reach(oldEnd, newEnd, as: .words)
        }

        /// Takes what lies up to here for lines without counterparts.
        mutating func reachLine(_ oldEnd: Int, _ newEnd: Int) {
            let hasNoWords = old[oldReached..<oldEnd].allSatisfy(\.isBlank)
            reach(oldEnd, newEnd, as: hasNoWords || newReached == newEnd ? .whole : .words)
        }

        /// Goes on behind what both have.
        mutating func pass(_ oldEnd: Int, _ newEnd: Int) {
            (oldReached, newReached) = (oldEnd, newEnd)
        }
    }

    /// What lies between lines that stand in both texts.
    static func differingLines(
        _ old: Scalars, _ new: Scalars, _ stepsLeft: inout Int
    ) -> [Gap] {
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

        let (oldLines, newLines) = (lines(old, region.old), lines(new, region.new))
        var numbers = Numbers()
        let oldNumbers = oldLines.map { numbers.number(of: old[$0.words]) }
        let newNumbers = newLines.map { numbers.number(of: new[$0.words]) }
        let parts = SequenceDifference.regions(
            from: oldNumbers, to: newNumbers, weights: numbers.units.map(weight),
            stepsLeft: &stepsLeft)

        var gaps = Gaps(old, new, in: region)
        forEachPair(outside: parts, oldLines.count, newLines.count) { oldIndex, newIndex in
            let (oldLine, newLine) = (oldLines[oldIndex], newLines[newIndex])
            gaps.reachLine(oldLine.whole.lowerBound, newLine.whole.lowerBound)
            gaps.reach(oldLine.words.lowerBound, newLine.words.lowerBound, as: .mark)
            gaps.pass(oldLine.words.upperBound, newLine.words.upperBound)
            gaps.reach(oldLine.whole.upperBound, newLine.whole.upperBound, as: .words)
        }
        gaps.reachLine(region.old.upperBound, region.new.upperBound)
        return gaps.gaps
    }

    /// Calls for everything that two sequences have in common.
    static func forEachPair(
        outside parts: [Region], _ oldCount: Int, _ newCount: Int, _ body: (Int, Int) -> Void
    ) {
        var next = (old: 0, new: 0)
        let ending = Region(old: oldCount..<oldCount, new: newCount..<newCount)
        for part in parts + [ending] {
            while next.old < part.old.lowerBound {
                body(next.old, next.new)
                next = (next.old + 1, next.new + 1)
            }
            next = (part.old.upperBound, part.new.upperBound)
        }
    }

    /// How much it matters that a line is kept: as much as it costs to write it anew.
    private static func weight(_ line: ArraySlice<Unicode.Scalar>) -> Int {
        line.contains { !$0.isBlank } ? line.count + 1 : 1
    }

    // MARK: Parts of lines

    struct Line {
        /// The mark before the words, these, and how the line ends.
        let whole: Range<Int>
        let words: Range<Int>
    }

    /// The lines of a part of a text; the first may have begun before.
    static func lines(_ text: Scalars, _ part: Range<Int>) -> [Line] {
        var (lines, start): ([Line], Int) = ([], part.lowerBound)
        func add(_ wordsEnd: Int, _ end: Int) {
            let wordsStart = isLineStart(text, start) ? markEnd(text, start) : start
            lines.append(
                Line(whole: start..<end, words: min(wordsStart, wordsEnd)..<wordsEnd))
            start = end
        }
        for index in part where text[index] == "\n" {
            let isPair = index > start && text[index - 1] == "\r"
            add(isPair ? index - 1 : index, index + 1)
        }
        if start < part.upperBound { add(part.upperBound, part.upperBound) }
        return lines
    }

    static func isLineStart(_ text: Scalars, _ index: Int) -> Bool {
        index == 0 || text[index - 1] == "\n"
    }

    /// What begins an item of a list, besides numbers and letters.
    private static let bullets: Set<Unicode.Scalar> = ["-", "*", "+", "•", "–"]
    /// Longer numbers do not count items.
    private static let markDigitsMax = 4

    /// Where the words of the line begin that begins here: behind how far it is set in, and a mark
    /// as "-" or "2." with the space behind it. A line without words has no mark.
    static func markEnd(_ text: Scalars, _ start: Int) -> Int {
        func isSpace(_ index: Int) -> Bool {
            index < text.count && (text[index] == " " || text[index] == "\t")
        }
        var end = start
        while isSpace(end) { end += 1 }
        let sign = signEnd(text, end)
        if sign > end, isSpace(sign) {
            end = sign
            while isSpace(end) { end += 1 }
        }
        return end < text.count && !text[end].isBlank ? end : start
    }

    private static func signEnd(_ text: Scalars, _ start: Int) -> Int {
        guard start < text.count else { return start }
        if bullets.contains(text[start]) { return start + 1 }
        var end = start
        if 0x61...0x7A ~= text[start].value | 0x20 {
            end += 1
        } else {
            while end < text.count, end - start < markDigitsMax, 0x30...0x39 ~= text[end].value {
                end += 1
            }
        }
        guard end > start, end < text.count, text[end] == "." || text[end] == ")" else {
            return start
        }
        return end + 1
    }

    /// What to replace where the marks before the same words differ. A number goes with what is
    /// around it: of two new numbers for one item, "3. 4. bread" can be read, and "34. bread" not.
    static func mark(_ region: Region, _ old: Scalars, _ new: Scalars) -> Region {
        func sign(_ text: Scalars, _ mark: Range<Int>) -> Int {
            mark.first { text[$0] != " " && text[$0] != "\t" } ?? mark.upperBound
        }
        let (oldSign, newSign) = (sign(old, region.old), sign(new, region.new))
        if old[oldSign..<region.old.upperBound].elementsEqual(new[newSign..<region.new.upperBound])
        {
            return region.trimmed { old[$0] == new[$1] }
        }
        let setIn = Region(
            old: region.old.lowerBound..<oldSign, new: region.new.lowerBound..<newSign
        ).trimmed { old[$0] == new[$1] }
        let isSame = setIn.isEmpty
        return Region(
            old: (isSame ? oldSign : setIn.old.lowerBound)..<region.old.upperBound,
            new: (isSame ? newSign : setIn.new.lowerBound)..<region.new.upperBound)
    }
}
