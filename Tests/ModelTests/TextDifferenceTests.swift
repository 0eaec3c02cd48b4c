import TestSupport
import Testing

@testable import Model

@Suite struct TextDifferenceTests {
    private func applied(_ splices: [TextSplice], to text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        for splice in splices {
            scalars.replaceSubrange(
                splice.position..<splice.position + splice.deletedCount,
                with: splice.inserted.unicodeScalars)
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private func insertedCount(_ splices: [TextSplice]) -> Int {
        splices.reduce(0) { $0 + $1.inserted.unicodeScalars.count }
    }

    @Test(arguments: Seed.samples(100))
    func splicesMakeTheOldTextTheNewOne(seed: Seed) {
        var seed = seed
        let words = [
            "red ", "green ", "blue", "\n", "e\u{301}", "—", "👩\u{200D}🔬 ", "\r\n", "x", ". ",
            "שלום ", "\u{301}", "漢字。", ", ", "\n\n", "-", "\r", "  ",
        ]
        func text() -> String {
            (0..<seed.below(60)).map { _ in seed.pick(words) }.joined()
        }
        let old = text()
        let new = seed.oneIn(2) ? text() : changed(old, &seed)
        let splices = TextDifference.splices(from: old, to: new)
        #expect(applied(splices, to: old).utf8.elementsEqual(new.utf8))
        #expect(splices.isEmpty == old.utf8.elementsEqual(new.utf8))
        let scalars = Array(new.unicodeScalars)
        for (splice, next) in zip(splices, splices.dropFirst()) {
            let end = splice.position + splice.inserted.unicodeScalars.count
            #expect(
                next.position > end
                    || next.position == end && (end == 0 || scalars[end - 1] == "\n"),
                "Splices ascend, and those of one line do not touch.")
        }
        #expect(splices == TextDifference.splices(from: old, to: new))
        let writing = TextDifference.writing(from: old, to: new)
        #expect(applied(writing, to: old).utf8.elementsEqual(new.utf8))
        #expect(insertedCount(writing) == insertedCount(splices))
        let changes = TextDifference.changedWords(from: old, to: new)
        #expect(applied(changes, to: old).utf8.elementsEqual(new.utf8))
        #expect(insertedCount(changes) <= insertedCount(splices))
    }

    /// A few stretches taken out and put in.
    private func changed(_ text: String, _ seed: inout Seed) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<seed.below(5) {
            let start = seed.below(scalars.count + 1)
            let end = min(scalars.count, start + seed.below(6))
            scalars.replaceSubrange(start..<end, with: seed.text().unicodeScalars)
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test func onlyWhatIsNewIsInserted() {
        let old = "The quick brown fox\njumps over\nthe lazy dog\n"
        let new = "A heading\nThe quick red fox\njumps over\nthe very lazy dogs\n"
        let splices = TextDifference.splices(from: old, to: new)
        #expect(
            splices == [
                TextSplice(position: 0, deletedCount: 0, inserted: "A heading\n"),
                TextSplice(position: 19, deletedCount: 6, inserted: " red"),
                TextSplice(position: 42, deletedCount: 0, inserted: " very"),
                TextSplice(position: 52, deletedCount: 4, inserted: " dogs"),
            ])
        // What people look at is the words.
        #expect(
            TextDifference.changedWords(from: old, to: new) == [
                TextSplice(position: 0, deletedCount: 0, inserted: "A heading\n"),
                TextSplice(position: 20, deletedCount: 5, inserted: "red"),
                TextSplice(position: 43, deletedCount: 0, inserted: "very "),
                TextSplice(position: 53, deletedCount: 3, inserted: "dogs"),
            ])
    }

    @Test func aMovedParagraphIsInsertedOnce() {
        let paragraphs = (0..<20).map { "Paragraph \($0) says what no other says.\n" }
        let moved = Array(paragraphs[1...]) + [paragraphs[0]]
        let splices = TextDifference.splices(from: paragraphs.joined(), to: moved.joined())
        #expect(insertedCount(splices) == paragraphs[0].count)
    }

    /// Letters of one word are not taken for letters of another.
    @Test func aWordIsReplacedAsAWhole() {
        let splices = TextDifference.splices(from: "an apple a day", to: "an orange a day")
        #expect(splices == [TextSplice(position: 2, deletedCount: 6, inserted: " orange")])
    }

    /// First the new words behind the first character of the old ones, then these go, one after the
    /// other, so that an overlap has them as one part.
    @Test func wordsAreWrittenIntoTheMiddleOfThoseTheyReplace() {
        #expect(
            TextDifference.writing(from: "an apple a day", to: "an orange a day") == [
                TextSplice(position: 3, deletedCount: 0, inserted: " orange"),
                TextSplice(position: 2, deletedCount: 1, inserted: ""),
                TextSplice(position: 9, deletedCount: 5, inserted: ""),
            ])
        #expect(
            TextDifference.writing(from: "one two", to: "one\ntwo") == [
                TextSplice(position: 4, deletedCount: 0, inserted: "\n"),
                TextSplice(position: 3, deletedCount: 1, inserted: ""),
            ])
        #expect(
            TextDifference.writing(from: "a day", to: "1 day") == [
                TextSplice(position: 0, deletedCount: 1, inserted: "1")
            ])
    }

    /// Where there are no spaces, characters are compared; and so they are in what is no word.
    @Test func whatHasNoWordsIsComparedByCharacters() {
        let sentence = TextDifference.splices(from: "我今天很高兴", to: "我昨天很高兴")
        #expect(sentence == [TextSplice(position: 1, deletedCount: 1, inserted: "昨")])
        let long = String(repeating: "0123456789", count: 10)
        let number = TextDifference.splices(from: long + "a" + long, to: long + "b" + long)
        #expect(number == [TextSplice(position: 100, deletedCount: 1, inserted: "b")])
    }

    /// What people take for one character is replaced as a whole, but for a line end of two.
    @Test(arguments: Seed.samples(100))
    func charactersAreNotTornApart(seed: Seed) {
        var seed = seed
        let alphabet = [
            "a", "b ", "e\u{301}", "e", "👩\u{200D}🔬", "👩", "\r\n", "\n", "กำ", "ก", "क्षि", "क",
            "🇺🇬", "🇰🇪", "漢", "👍🏽", "👍", " ",
        ]
        func text() -> String { (0..<seed.below(30)).map { _ in seed.pick(alphabet) }.joined() }
        let (old, new) = (text(), text())
        let (oldEnds, newEnds) = (characterEnds(of: old), characterEnds(of: new))
        var shift = 0
        for splice in TextDifference.splices(from: old, to: new) {
            let start = splice.position - shift
            let insertedCount = splice.inserted.unicodeScalars.count
            #expect(oldEnds.contains(start))
            #expect(oldEnds.contains(start + splice.deletedCount))
            #expect(newEnds.contains(splice.position))
            #expect(newEnds.contains(splice.position + insertedCount))
            shift += insertedCount - splice.deletedCount
        }
    }

    private func characterEnds(of text: String) -> Set<Int> {
        var end = 0
        return text.reduce(into: [0]) { ends, character in
            end += character.unicodeScalars.count
            ends.insert(end)
            if character == "\r\n" { ends.insert(end - 1) }
        }
    }

    @Test func textsOfTheSameBytesHaveNoDifferenceAndOthersHave() {
        #expect(TextDifference.splices(from: "é", to: "é").isEmpty)
        #expect(!TextDifference.splices(from: "\u{E9}", to: "e\u{301}").isEmpty)
        #expect(TextDifference.splices(from: "", to: "").isEmpty)
    }

    @Test func splicesAreCapped() {
        let old = (0..<3000).map { "word\($0) stays " }.joined()
        let new = (0..<3000).map { "word\($0) goes " }.joined()
        let splices = TextDifference.splices(from: old, to: new)
        #expect(splices.count == TextDifference.splicesMax)
        #expect(applied(splices, to: old) == new)
    }

    /// Nothing in common is the dearest case; it ends, and what it finds is right.
    @Test func textsWithNothingInCommonAreReplaced() {
        let old = (0..<4000).map { "a\($0)\n" }.joined()
        let new = (0..<4000).map { "b\($0)\n" }.joined()
        let splices = TextDifference.splices(from: old, to: new)
        #expect(applied(splices, to: old) == new)
    }

    /// Compared with trying out everything.
    @Test(arguments: Seed.samples(60))
    func theHeaviestIsKept(seed: Seed) {
        var seed = seed
        let weights = (0..<5).map { _ in 1 + seed.below(9) }
        let old = (0..<seed.below(9)).map { _ in seed.below(5) }
        let new = (0..<seed.below(9)).map { _ in seed.below(5) }
        func heaviest(_ old: ArraySlice<Int>, _ new: ArraySlice<Int>) -> Int {
            guard let first = old.first, !new.isEmpty else { return 0 }
            let without = heaviest(old.dropFirst(), new)
            guard let match = new.firstIndex(of: first) else { return without }
            return max(
                without, weights[first] + heaviest(old.dropFirst(), new[(match + 1)...]))
        }
        var stepsLeft = SequenceDifference.stepsMax
        let regions = SequenceDifference.regions(
            from: old, to: new, weights: weights, stepsLeft: &stepsLeft)
        let replaced = regions.flatMap { old[$0.old] }.reduce(0) { $0 + weights[$1] }
        let whole = old.reduce(0) { $0 + weights[$1] }
        #expect(whole - replaced == heaviest(old[...], new[...]))
    }

    /// The work has an end: what is not compared is replaced.
    @Test func whatNobodyHasTimeToCompareIsReplaced() {
        let (old, new) = ([0, 1, 2, 3, 4, 5, 6], [0, 7, 2, 8, 4, 9, 6])
        var stepsLeft = SequenceDifference.stepsMax
        let regions = SequenceDifference.regions(from: old, to: new, stepsLeft: &stepsLeft)
        #expect(regions.count == 3)
        #expect(stepsLeft < SequenceDifference.stepsMax)
        stepsLeft = 0
        #expect(
            SequenceDifference.regions(from: old, to: new, stepsLeft: &stepsLeft) == [
                SequenceDifference.Region(old: 1..<6, new: 1..<6)
            ])
    }

    @Test(arguments: Seed.samples(40))
    func savingMakesAnEditThatOthersCanMerge(seed: Seed) {
        var seed = seed
        var (one, other) = (TextDocument(), TextDocument())
        var text = ""
        for _ in 0..<8 {
            text = changed(text, &seed)
            let edit = one.save(text, by: DeviceID(rawValue: 5))
            if let edit { other.merge([edit]) }
            #expect(one.text.utf8.elementsEqual(text.utf8))
            #expect(other.text.utf8.elementsEqual(text.utf8))
        }
        #expect(one.history.canonicalBytes == other.history.canonicalBytes)
    }
}
