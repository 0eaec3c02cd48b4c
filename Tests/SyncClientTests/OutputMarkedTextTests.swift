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
