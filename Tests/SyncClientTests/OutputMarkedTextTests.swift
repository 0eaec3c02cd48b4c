import Testing

@testable import SyncClient

@Suite struct OutputMarkedTextTests {
    private func marked(_ before: String, _ after: String, around: Int = 1) -> String {
        MarkedText(from: before, to: after).text(linesAround: around, indent: "  ").plain
    }

    @Test(arguments: [
        (
            "We spoke about the budget today.", "We spoke about the costs today.",
            "  We spoke about the [-budget-]{+costs+} today."
        ),
        ("One two.", "One new two.", "  One {+new +}two."),
        ("One two.", "Two.", "  [-One two-]{+Two+}."),
        ("", "All of it.", "  {+All of it.+}"), ("same", "same", "  same"),
        ("One\n\nTwo", "One\nnew\nTwo", "  One\n  {+new+}\n  Two"),
        // A line of its own, and line ends by themselves.
        ("One\nTwo\nThree", "One\nThree", "  One\n  [-Two-]\n  Three"),
        ("One\nThree", "One\nTwo a\nTwo b\nThree", "  One\n  {+Two a+}\n  {+Two b+}\n  Three"),
        ("One two", "One\ntwo", "  One[- -]{+¶+}\n  two"),
        ("One\n\nTwo", "One\nTwo", "  One\n  [-¶-]Two"),
        ("One\r\nTwo", "One\r\nToo", "  One\n  [-Two-]{+Too+}"),
        ("a\tb", "a\tc\u{7}", "  a\t[-b-]{+c\\u{7}+}"),
    ])
    func wordsThatDifferAreMarked(_ before: String, _ after: String, _ expected: String) {
        #expect(marked(before, after) == expected)
    }

    @Test func linesThatAreTheSameAreLeftOut() {
        let lines = (1...9).map { "line \($0)" }
        let after = lines.map { $0 == "line 5" ? "line five" : $0 }
        let (old, new) = (lines.joined(separator: "\n"), after.joined(separator: "\n"))
        #expect(
            marked(old, new) == "  …\n  line 4\n  line [-5-]{+five+}\n  line 6\n  …")
        #expect(marked(old, new, around: 0) == "  …\n  line [-5-]{+five+}\n  …")
        #expect(marked(old, new, around: 9).hasSuffix("line 9"))
    }

    /// What several changed in one line, or right beside it, and not what one changed elsewhere.
    @Test(arguments: [
        // old, one's, another's, what is shown of one's, the lines
        ("a\nb\nc\nd\ne", "a1\nb\nc\nd\ne1", "a\nb\nc\nd\ne2", "  …\n  [-e-]{+e1+}", [4]),
        ("a\nb\nc", "a1\nb\nc", "a\nb\nc2", "  [-a-]{+a1+}\n  …", nil),
        // A line put in behind one line, another before the next.
        ("a\nb\nc\nd", "a\nb\nnew\nc\nd", "a\nb\nother\nc\nd", "  …\n  {+new+}\n  c\n  …", [2]),
        // Empty lines that go by themselves.
        (
            "a\n\n\nb\nc\nd", "a\n\nb\nc\nd1", "a\nb\nc\nd", "  …\n  [-¶-]\n  …", [1, 2, 3]
        ),
    ])
    func disputedLinesAreShownAlone(
        _ old: String, _ one: String, _ other: String, _ shown: String, _ lines: [Int]?
    ) {
        let marks = [one, other].map { MarkedText(from: old, to: $0) }
        let disputed = MarkedText.linesChangedInSeveral(marks)
        #expect(disputed?.sorted() == lines)
        let text = marks[0].text(linesAround: 0, indent: "  ", chosen: disputed ?? [0])
        #expect(text.plain == shown)
    }

    @Test func emptyLinesAreNotWhatStandsAround() {
        #expect(
            marked("One\n\nTwo\n\nThree\n\nFour", "One\n\nTwo\n\nThree\n\nFive")
                == "  …\n  Three\n\n  [-Four-]{+Five+}")
    }

    /// What differs is never cut, only what is the same.
    @Test func longLinesAreShownAroundWhatDiffers() {
        let words = (1...60).map { "word\($0)" }
        let old = words.joined(separator: " ")
        let added = (1...40).map { "new\($0)" }.joined(separator: " ")
        let shown = marked(old, old.replacing("word30 ", with: "word30 \(added) "))
        #expect(shown.contains("{+\(added) +}"))
        #expect(shown.contains("word30 {+"))
        #expect(shown.hasPrefix("  … word"))
        #expect(shown.hasSuffix("…"))
        #expect(!shown.contains("word10"))
        #expect(!shown.contains("word50"))
    }
}
