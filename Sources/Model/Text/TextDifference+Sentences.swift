/// What is a rewrite, and not a number of corrections: the changes of it are joined, so that it is
/// one deletion and one insertion, and two rewrites of one sentence stand one after the other.
///
/// For example, "The cat sat on the mat." becomes "A dog lay on the rug." by one person and "The
/// bird flew over the house." by another. With "on the" kept by one and "The" and "the" by the
/// other, the merge would say "A dog laybird flew over the rughouse."
extension TextDifference {
    /// Joins changes that are separated by less than what was changed on either side: a space, a
    /// comma, a short word. Where text was only put in or only taken out, nothing is joined,
    /// because nothing was rewritten. Sentences are kept apart.
    static func joinedRewrites(_ regions: [Region], _ old: Scalars) -> [Region] {
        /// Each with whether a sentence ends between it and the one before.
        var joined: [(region: Region, isOfOtherSentence: Bool)] = []
        for var region in regions {
            var isOfOtherSentence = true
            if let last = joined.last?.region {
                isOfOtherSentence = (last.old.upperBound...region.old.lowerBound).contains {
                    isSentenceEnd(old, $0)
                }
            }
            while let last = joined.last?.region, !isOfOtherSentence,
                isRemnant(between: last, region)
            {
                region = last.joined(with: region)
                isOfOtherSentence = joined.removeLast().isOfOtherSentence
            }
            joined.append((region, isOfOtherSentence))
        }
        return joined.map(\.region)
    }

    private static func isRemnant(between left: Region, _ right: Region) -> Bool {
        let count = right.old.lowerBound - left.old.upperBound
        return count <= max(left.old.count, left.new.count)
            && count <= max(right.old.count, right.new.count)
            && count <= left.old.count + right.old.count
            && count <= left.new.count + right.new.count
    }

    /// Fewer words than this are corrected, not rewritten.
    private static let rewrittenWordsMin = 3

    /// Replaces sentences as wholes of which more was changed than kept.
    static func wholeSentences(
        _ regions: [Region], _ old: Scalars, _ new: Scalars
    ) -> [Region] {
        var wholes: [Region] = []
        var index = 0
        while index < regions.count {
            // All changes of a sentence, or of several if one of the changes reaches over its end.
            var last = index
            var end = sentenceEnd(old, behind: regions, last)
            while end == nil {
                last += 1
                end = sentenceEnd(old, behind: regions, last)
            }
            let changes = regions[index...last]
            let whole = sentence(
                of: changes, old,
                from: index > 0 ? regions[index - 1].old.upperBound : 0, to: end ?? old.count)
            if isRewritten(whole, changes, old, new) {
                wholes.append(whole)
            } else {
                wholes += changes
            }
            index = last + 1
        }
        return wholes
    }

    /// Where the sentence ends in which the change with this index ends; nil if the next change
    /// comes first.
    private static func sentenceEnd(
        _ old: Scalars, behind regions: [Region], _ index: Int
    ) -> Int? {
        let isLast = index + 1 == regions.count
        let limit = isLast ? old.count : regions[index + 1].old.lowerBound
        return (regions[index].old.upperBound...limit).first { isSentenceEnd(old, $0) }
    }

    /// The changes with what is kept of their sentence around and between them, but without marks
    /// of lists and the like, and spaces, at its beginning.
    private static func sentence(
        of changes: ArraySlice<Region>, _ old: Scalars, from floor: Int, to end: Int
    ) -> Region {
        let first = changes[changes.startIndex]
        let last = changes[changes.endIndex - 1]
        var start = first.old.lowerBound
        while start > floor, !isSentenceEnd(old, start) { start -= 1 }
        while start < first.old.lowerBound, old[start].isASCII, old[start].isBetweenWords,
            start + 1 == first.old.lowerBound || old[start + 1].isASCII
        { start += 1 }
        return Region(
            old: start..<end,
            new: first.new.lowerBound - (first.old.lowerBound - start)..<last.new.upperBound
                + (end - last.old.upperBound))
    }

    private static func isRewritten(
        _ whole: Region, _ changes: ArraySlice<Region>, _ old: Scalars, _ new: Scalars
    ) -> Bool {
        func count(_ part: ArraySlice<Unicode.Scalar>) -> Int {
            part.reduce(0) { $0 + ($1.isBlank ? 0 : 1) }
        }
        let deletedCount = changes.reduce(0) { $0 + count(old[$1.old]) }
        let insertedCount = changes.reduce(0) { $0 + count(new[$1.new]) }
        let keptCount = count(old[whole.old]) - deletedCount
        return keptCount < deletedCount && keptCount < insertedCount
            && changes.reduce(0) { $0 + wordCount(old[$1.old]) } >= rewrittenWordsMin
    }

    private static func wordCount(_ text: ArraySlice<Unicode.Scalar>) -> Int {
        var (count, isInWord) = (0, false)
        for scalar in text {
            if !scalar.isBetweenWords {
                if !isInWord { count += 1 }
                isInWord = true
            } else {
                isInWord = false
                // Where no spaces are written, a letter is about a word.
                if !scalar.isASCII, scalar.properties.isAlphabetic { count += 1 }
            }
        }
        return count
    }

    // MARK: Ends

    private static let sentenceMarks: Set<Unicode.Scalar> = [".", "!", "?", "…", "؟", "।"]
    /// These have no space behind them.
    private static let wideSentenceMarks: Set<Unicode.Scalar> = ["。", "！", "？"]
    private static let closingMarks: Set<Unicode.Scalar> = ["\"", "'", ")", "]", "”", "’", "»"]

    static func isSentenceEnd(_ text: Scalars, _ index: Int) -> Bool {
        guard index > 0, index < text.count else { return true }
        if isLineEnd(text, index) || isLineEnd(text, index - 1) { return true }
        if wideSentenceMarks.contains(text[index - 1]) { return true }
        guard text[index].isBlank else { return false }
        var mark = index - 1
        if mark > 0, closingMarks.contains(text[mark]) { mark -= 1 }
        return sentenceMarks.contains(text[mark])
    }

    /// Lines that an editor has broken are longer than this.
    private static let brokenLineMin = 40

    /// Whether a line ends with this scalar, other than where a long line was broken in the middle
    /// of a sentence.
    private static func isLineEnd(_ text: Scalars, _ index: Int) -> Bool {
        let next = index + 1
        if text[index] == "\r", next < text.count, text[next] == "\n" {
            return isLineEnd(text, next)
        }
        guard text[index] == "\n" else { return false }
        guard next < text.count, text[next].properties.isLowercase, index >= brokenLineMin else {
            return true
        }
        return text[index - brokenLineMin..<index].contains("\n")
    }
}
