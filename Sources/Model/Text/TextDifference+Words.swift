/// Words, and what stands between them.
extension TextDifference {
    /// Longer than any word that is written; addresses of web pages are longer.
    private static let wordCountMax = 32

    /// What lies between words that stand in both texts, in lines that do not.
    ///
    /// The marks of lists are left out of it: the first words of two items are the same, whichever
    /// numbers these have, and a "3." before two items that are not the same keeps nothing.
    static func differingWords(
        _ lines: Region, _ old: Scalars, _ new: Scalars, _ stepsLeft: inout Int
    ) -> [Gap] {
        let region = wholeWords(lines.trimmed { old[$0] == new[$1] }, lines, old, new)
        // What both end with may begin right behind a mark.
        let oldEnd = markStart(old, before: region.old.upperBound, from: region.old.lowerBound)
        let newEnd = markStart(new, before: region.new.upperBound, from: region.new.lowerBound)
        let oldWords = words(old, region.old.lowerBound..<oldEnd)
        let newWords = words(new, region.new.lowerBound..<newEnd)
        var numbers = Numbers()
        let oldNumbers = oldWords.map { numbers.number(of: old[$0.text]) }
        let newNumbers = newWords.map { numbers.number(of: new[$0.text]) }
        let parts = SequenceDifference.regions(
            from: oldNumbers, to: newNumbers, stepsLeft: &stepsLeft)

        var gaps = Gaps(old, new, in: region)
        forEachPair(outside: parts, oldWords.count, newWords.count) { oldIndex, newIndex in
            let (oldWord, newWord) = (oldWords[oldIndex], newWords[newIndex])
            gaps.reachWords(oldWord.markStart, newWord.markStart)
            gaps.reach(oldWord.text.lowerBound, newWord.text.lowerBound, as: .mark)
            gaps.pass(oldWord.text.upperBound, newWord.text.upperBound)
        }
        gaps.reachWords(oldEnd, newEnd)
        gaps.reach(region.old.upperBound, region.new.upperBound, as: .mark)
        return gaps.gaps
    }

    /// The region from and to where in both texts a word begins, because half a word means nothing.
    private static func wholeWords(
        _ part: Region, _ lines: Region, _ old: Scalars, _ new: Scalars
    ) -> Region {
        var (start, end) = (part.old.lowerBound, part.old.upperBound)
        let (shift, endShift) = (
            part.new.lowerBound - start, part.new.upperBound - end
        )
        while start > lines.old.lowerBound, !(isCut(old, start) && isCut(new, start + shift)) {
            start -= 1
        }
        while end < lines.old.upperBound, !(isCut(old, end) && isCut(new, end + endShift)) {
            end += 1
        }
        // A mark that both begin with may stand before items that are not the same.
        var lineStart = start
        while lineStart > lines.old.lowerBound, !isLineStart(old, lineStart) { lineStart -= 1 }
        if isLineStart(old, lineStart), isLineStart(new, lineStart + shift),
            start <= max(markEnd(old, lineStart), markEnd(new, lineStart + shift) - shift)
        {
            start = lineStart
        }
        return Region(old: start..<end, new: start + shift..<end + endShift)
    }

    /// Where the mark begins that ends here; here if there is none.
    private static func markStart(_ text: Scalars, before end: Int, from floor: Int) -> Int {
        var start = end
        while start > floor, !isLineStart(text, start) { start -= 1 }
        return isLineStart(text, start) && markEnd(text, start) == end ? start : end
    }

    /// Whether words and characters end here for certain, without a look at what is around.
    static func isCut(_ text: Scalars, _ index: Int) -> Bool {
        guard index > 0, index < text.count else { return true }
        return text[index - 1] == "\n" || text[index - 1] == " " && text[index].isASCII
    }

    /// The different units of two texts, numbered as they come.
    struct Numbers {
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

    // MARK: Units

    private struct Word {
        /// Where the mark of the line begins, if the word is its first.
        let markStart: Int
        let text: Range<Int>
    }

    /// Words, and single characters between them; without the marks of lists.
    private static func words(_ text: Scalars, _ part: Range<Int>) -> [Word] {
        var words: [Word] = []
        var (word, markStart): ([Range<Int>], Int?) = ([], nil)
        func add(_ range: Range<Int>) {
            words.append(Word(markStart: markStart ?? range.lowerBound, text: range))
            markStart = nil
        }
        func endWord() {
            if word.count > wordCountMax {
                word.forEach(add)
            } else if let first = word.first, let last = word.last {
                add(first.lowerBound..<last.upperBound)
            }
            word.removeAll(keepingCapacity: true)
        }
        var lines = lines(text, part)[...]
        for character in characters(text[part]) {
            while let line = lines.first, line.whole.upperBound <= character.lowerBound {
                lines.removeFirst()
            }
            if let line = lines.first, character.lowerBound < line.words.lowerBound {
                endWord()
                markStart = line.whole.lowerBound
            } else if text[character.lowerBound].isBetweenWords {
                endWord()
                add(character)
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
