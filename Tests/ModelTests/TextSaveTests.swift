import Model
import TestSupport
import Testing

/// What people read after two of them have saved one text at the same time. Which splices a save is
/// made of decides it, because the merge itself knows no words.
@Suite struct TextSaveTests {
    /// What it says after both have saved, with either of them the one with the smaller id.
    private func merged(_ base: String, _ one: String, _ other: String) -> Set<[UInt8]> {
        let devices = [DeviceID(rawValue: 1), DeviceID(rawValue: 2)]
        return Set(
            [devices, devices.reversed()].map { devices in
                var left = TextDocument()
                _ = left.save(base, by: DeviceID(rawValue: 3))
                var right = left
                let edit = left.save(one, by: devices[0])
                let otherEdit = right.save(other, by: devices[1])
                left.merge([otherEdit].compactMap { $0 })
                right.merge([edit].compactMap { $0 })
                #expect(left.text.utf8.elementsEqual(right.text.utf8))
                return Array(left.text.utf8)
            })
    }

    private func expectMerged(
        _ base: String, _ one: String, _ other: String, _ expected: String...,
        at location: SourceLocation = #_sourceLocation
    ) {
        let texts = merged(base, one, other).map { String(decoding: $0, as: UTF8.self) }
        #expect(Set(texts) == Set(expected), sourceLocation: location)
    }

    // MARK: Sentences

    @Test func twoRewritesOfASentenceStandOneAfterTheOther() {
        expectMerged(
            "Well. The cat sat on the mat. So it goes.",
            "Well. A dog lay on the rug. So it goes.",
            "Well. The bird flew over the house. So it goes.",
            "Well. A dog lay on the rug. The bird flew over the house. So it goes.",
            "Well. The bird flew over the house. A dog lay on the rug. So it goes.")
    }

    /// Nothing stands before it from which the two could be kept apart.
    @Test func twoRewritesOfAWholeTextStayWhole() {
        expectMerged(
            "The cat sat on the mat.", "A dog lay on the rug.", "The bird flew over the house.",
            "A dog lay on the rug.The bird flew over the house.",
            "The bird flew over the house.A dog lay on the rug.")
    }

    @Test func twoRewritesOfAParagraphStayWhole() {
        let one = "- On Friday Ana came late to us. Nobody spoke about anything."
        let other = "- They saw each other in town. It rained all day there."
        expectMerged(
            "- We met at noon. The talk was short and dull.", one, other,
            one + other.dropFirst(), other + one.dropFirst())
    }

    /// A short word between larger changes keeps nothing together.
    @Test func whatIsLeftOfAPhraseIsReplacedWithIt() {
        expectMerged(
            "After the meeting on Monday or Tuesday we will go home together, all of us.",
            "After the meeting on Wednesday or Thursday we will go home together, all of us.",
            "After the meeting on Friday or Saturday we will go home together, all of us.",
            "After the meeting on Wednesday or Thursday Friday or Saturday we will go home "
                + "together, all of us.",
            "After the meeting on Friday or Saturday Wednesday or Thursday we will go home "
                + "together, all of us.")
    }

    @Test func correctionsOfDifferentWordsAreBothKept() {
        expectMerged(
            "The quick borwn fxo jumps ovr the lazy dog.",
            "The quick brown fxo jumps ovr the lazy dog.",
            "The quick borwn fox jumps over the lazy dog.",
            "The quick brown fox jumps over the lazy dog.")
    }

    /// One word of few is a correction, however large a part of the sentence it is.
    @Test func aWordOfAShortSentenceIsCorrected() {
        expectMerged("We disagreed.", "They disagreed.", "We agree.", "They agree.")
        expectMerged("cat sat mat", "dog sat rug", "cat stood mat", "dog stood rug")
    }

    @Test func aSentenceBetweenRewrittenOnesIsKept() {
        expectMerged(
            "We met at noon in town. The talk was dull. Then all went home again.",
            "Ana came late that evening. The talk was dull. Nobody wanted to stay there.",
            "We met at noon in town. The talk was very dull. Then all went home again.",
            "Ana came late that evening. The talk was very dull. Nobody wanted to stay there.")
    }

    @Test func aSentenceAddedToARewrittenOneStandsBehindIt() {
        expectMerged(
            "Read one chapter a day.", "Read two chapters every evening, slowly.",
            "Read one chapter a day. Call me.",
            "Read two chapters every evening, slowly. Call me.")
    }

    /// Words put in around others leave these alone.
    @Test func whatIsOnlyAddedReplacesNothing() {
        expectMerged(
            "And I saw the dog today.",
            "And then he told us that I saw the dog of my old neighbour today.",
            "And I saw the small dog today.",
            "And then he told us that I saw the small dog of my old neighbour today.")
    }

    /// A sentence goes on where an editor has broken a long line, and ends with a short one.
    @Test func linesOfASentenceAreRewrittenTogether() {
        let base = """
            When we came to the house in the evening we saw
            that nobody was there and all the doors were open.
            """
        let one = """
            Late at night Ana and I reached her old home and it
            was empty with every window broken by stones.
            """
        let other = """
            Rain fell for seven days without any rest, so the
            river took away whatever our people had built.
            """
        expectMerged(base, one, other, one + other, other + one)
        expectMerged(
            "milk\neggs\nbread and salt", "cheese\neggs\nrolls with butter",
            "milk\nmany eggs\nbread and salt", "cheese\nmany eggs\nrolls with butter")
    }

    @Test func sentencesWithoutSpacesAreRewrittenAsWholes() {
        expectMerged(
            "我很高兴。我们今天去公园玩。", "我很高兴。他们昨天在学校里读书。", "我不高兴。我们今天去公园玩。",
            "我不高兴。他们昨天在学校里读书。")
    }

    // MARK: Paragraphs

    private let paragraphs = [
        "Alpha tells about the rivers.", "Beta is short.",
        "Gamma tells about mountains and their names.", "Delta says goodbye to all.",
    ]

    private func text(_ order: [Int], _ changes: [Int: String] = [:], _ end: String = "") -> String
    {
        order.map { changes[$0] ?? paragraphs[$0] }.joined(separator: "\n\n") + end
    }

    /// Whichever paragraph is moved, words added to another one stay in it.
    @Test(arguments: [[1, 2, 3, 0], [1, 0, 2, 3], [0, 2, 1, 3], [0, 3, 1, 2], [0, 2, 3, 1]])
    func wordsStayInTheirParagraphWhileOthersAreMoved(order: [Int]) {
        for end in ["", "\n"] {
            let change = [2: "Gamma tells about the high mountains and their many names."]
            expectMerged(
                text([0, 1, 2, 3], [:], end), text(order, [:], end),
                text([0, 1, 2, 3], change, end), text(order, change, end))
        }
    }

    /// Of two that change places the shorter one is moved, wherever it stands.
    @Test func theShorterOfTwoIsMoved() {
        let change = [2: "Gamma tells about mountains and their old names."]
        for (before, after) in [([0, 2], [2, 0]), ([2, 0], [0, 2]), ([2, 1], [1, 2])] {
            expectMerged(text(before), text(after), text(before, change), text(after, change))
        }
    }

    /// A block of long lines outweighs one of more lines.
    @Test func theLighterOfTwoBlocksIsMoved() {
        let short = (0..<9).map { "\($0)\n\n" }.joined()
        let long = "This one is long enough to weigh more.\n"
        expectMerged(
            short + long, long + short, short + "This one is long enough to weigh much more.\n",
            "This one is long enough to weigh much more.\n" + short)
    }

    /// There are too many lines to weigh each against each.
    @Test func theLighterOfTwoLargeBlocksIsMoved() {
        let blocks = [1500, 1600].map { count in
            (0..<count).map { "Line \($0) of \(count)\n\n" }.joined()
        }
        let splices = TextDifference.splices(
            from: blocks[0] + blocks[1], to: blocks[1] + blocks[0])
        let insertedCount = splices.reduce(0) { $0 + $1.inserted.unicodeScalars.count }
        #expect(splices.count == 2)
        #expect(insertedCount == blocks[0].count)
    }

    @Test func aLineThatWasTheLastIsTheSameLine() {
        for end in ["\n", "\r\n"] {
            expectMerged(
                "one line\(end)last line", "one line\(end)last line\(end)another",
                "one line\(end)the last line", "one line\(end)the last line\(end)another")
            expectMerged(
                "one line\(end)last line", "last line\(end)one line",
                "one line\(end)the last line", "the last line\(end)one line")
        }
    }

    // MARK: Line ends

    @Test func wordsStayInTheirLineWhileLineEndsChange() {
        let (single, pair) = ("one\ntwo\nthree", "one\r\ntwo\r\nthree")
        expectMerged(
            pair, single, "one and\r\ntwo more\r\nthe three", "one and\ntwo more\nthe three")
        expectMerged(single, pair, "one\nand two\nthe three", "one\r\nand two\r\nthe three")
        expectMerged(pair, single, single, single)
        expectMerged(
            "one\r\nvär\r\nthree", "one\nför\nthree", "one and\r\nvär\r\nthe three",
            "one and\nför\nthe three")
    }

    @Test func aSaveKeepsTheLineEnds() {
        for (old, new, kept) in [
            ("a\nb", "a\r\nb\r\nc", "a\nb\nc"), ("a\r\nb", "a\nb\nc", "a\r\nb\r\nc"),
            ("a\r\nb", "a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n"), ("a\nb", "a\r\r\nb", "a\nb"),
            ("a", "a\r\nb", "a\r\nb"), ("a", "a\nb", "a\nb"), ("a\nb", "c", "c"),
            // What a text has of both kinds is left to whoever saves.
            ("a\r\nb\nc", "a\r\nb\r\nc", "a\r\nb\r\nc"),
            ("a\r\r\nb\r\n", "a\r\r\nb\r\n", "a\r\r\nb\r\n"),
            ("a\rb\n", "a\rc\r\n", "a\rc\n"), ("", "", ""), ("\n", "\r\n", "\n"),
        ] {
            #expect(
                new.keepingLineEnds(of: old).utf8.elementsEqual(kept.utf8),
                "\(old.debugDescription)")
        }
    }

    // MARK: Spaces

    @Test func wordsPutInAtOnePlaceStayApart() {
        expectMerged(
            "Plan the week", "Plan the month", "Plan the year", "Plan the month year",
            "Plan the year month")
        expectMerged("the lazy cat", "the lazy dog", "the lazy big cat", "the lazy big dog")
        expectMerged(
            "the lazy cat", "the lazy old cat", "the lazy big cat", "the lazy old big cat",
            "the lazy big old cat")
    }

    /// The space goes with one word only, so neighbours have nothing in common.
    @Test func neighboursHaveNoSpaceInCommon() {
        expectMerged(
            "We met teh poeple", "We met the poeple", "We met teh people", "We met the people")
        expectMerged("a very lazy cat", "a lazy cat", "a very tired cat", "a tired cat")
    }

    // MARK: Units

    /// The line end is the line's own, whoever takes it out or writes on it.
    @Test func anEmptyLineIsOfWhoeverWritesOnIt() {
        for end in ["\n", "\r\n"] {
            func text(_ lines: String...) -> String { lines.joined(separator: end) }
            expectMerged(
                text("One line", "", "two lines"), text("One line", "two lines"),
                text("One line", "middle", "two lines"), text("One line", "middle", "two lines"))
            expectMerged(
                text("One line", "", "two lines"), text("One line", "this", "two lines"),
                text("One line", "that", "two lines"),
                text("One line", "this", "that", "two lines"),
                text("One line", "that", "this", "two lines"))
            // Beside a line that is edited, too.
            expectMerged(
                text("One line", "", "two lines"), text("One line", "two lines"),
                text("One long line", "middle", "two lines"),
                text("One long line", "middle", "two lines"))
        }
    }

    @Test func linesComeAndGoWithTheEndBehindThem() {
        expectMerged("A one\nB two\nC", "A one\nC", "A one\nnew\nB two\nC", "A one\nnew\nC")
        expectMerged("A one\nB two\nC", "A one\nC", "A one\nB two\nnew\nC", "A one\nnew\nC")
        expectMerged(
            "A one\nB two\nC", "A one\nnew words\nC", "A one\nnew\nB two\nC",
            "A one\nnew\nnew words\nC")
        expectMerged(
            "A one\nB two", "A one more\nB two", "A one\nnew\nB two", "A one more\nnew\nB two")
    }

    /// What two lines begin with could be of either.
    @Test func whatGoesIsAWholeLine() {
        expectMerged(
            "- buy milk\n- buy bread\n- eggs, too", "- buy milk\n- eggs, now",
            "- buy milk\n- buy bread\n- new\n- eggs, too", "- buy milk\n- new\n- eggs, now")
        expectMerged(
            "They came. They sat. They left.", "They came. They left.",
            "They came. It rained. They sat. They left.", "They came. It rained. They left.")
    }

    /// Words that somebody adds to a paragraph that goes are left in a line of their own.
    @Test func paragraphsComeAndGoWithHalfOfTheLinesAroundThem() {
        for end in ["\n", "\r\n"] {
            func text(_ paragraphs: String...) -> String {
                paragraphs.joined(separator: end + end)
            }
            let (base, without) = (text("A one", "B two", "C three"), text("A one", "C three"))
            expectMerged(
                base, without, text("A one", "new", "B two", "C three"),
                text("A one", "new", "C three"))
            expectMerged(
                base, without, text("A one", "B two", "new", "C three"),
                text("A one", "new", "C three"))
            expectMerged(
                base, without, text("A one", "B big two", "C three"),
                "A one\(end) big\(end)C three")
            expectMerged(
                base, without, text("A one", "B two again", "C three"),
                "A one\(end) again\(end)C three")
        }
        expectMerged(
            "A one\n\nB two", "A one\n\nthis\n\nB two", "A one\n\nthat\n\nB two",
            "A one\n\nthis\n\nthat\n\nB two", "A one\n\nthat\n\nthis\n\nB two")
    }

    // MARK: Lists

    private let list = "1. buy milk\n2. call Ana\n3. read the book\n4. write home"

    @Test func anItemIsTheSameUnderAnotherNumber() {
        expectMerged(
            list, "1. call Ana\n2. read the book\n3. write home",
            "1. buy milk\n2. call Ana\n3. read the blue book\n4. write home",
            "1. call Ana\n2. read the blue book\n3. write home")
        expectMerged(
            list, "1. call Eva\n2. read the book\n3. write home",
            "1. buy milk\n2. call Ana\n3. read the blue book\n4. write home",
            "1. call Eva\n2. read the blue book\n3. write home")
        expectMerged(
            "- buy milk\n- call Ana", "1) buy milk\n2) call Ana",
            "- buy fresh milk\n  - call Ana", "1) buy fresh milk\n  2) call Ana")
    }

    /// Both have given new numbers to one item, and one to an item that the other took out: that
    /// cannot be merged, but it can be read.
    @Test func newNumbersByTwoCanBeRead() {
        expectMerged(
            list, "1. call Ana\n2. read the book\n3. write home",
            "1. buy milk\n2. call Ana\n3. write home", "1. call Ana\n2. 3. 3. write home")
        expectMerged(
            "1. milk\n2. bread", "1. milk\n2. eggs\n3. bread", "1. milk\n2. salt\n3. bread",
            "1. milk\n2. eggs\n2. salt\n3. 3. bread", "1. milk\n2. salt\n2. eggs\n3. 3. bread")
    }

    // MARK: Replacements

    /// What one writes right before or behind words that the other replaces stays there.
    @Test func wordsAreReplacedFromWithin() {
        expectMerged("cat sat", "dog sat", "big cat sat", "big dog sat")
        expectMerged("the cat sat", "the dog sat", "the big cat sat", "the big dog sat")
        expectMerged("the cat sat", "the dog sat", "the cat there sat", "the dog there sat")
        expectMerged(
            "one two three", "one other three", "one new two last three",
            "one new other last three")
    }

    /// Of a line that is cut in two, what is put in before the cut stays before it.
    @Test func aLineEndComesBehindWordsBeforeTheSpaceItReplaces() {
        expectMerged("A one B two", "A one\nB two", "A one new B two", "A one new\nB two")
        expectMerged(
            "A one\nB two", "A one B two", "A one new\nB two", "A one new B two")
    }
}
