import Model
import TestSupport
import Testing

/// Texts and histories that are larger than the pieces they are kept in.
@Suite struct TextSizeTests {
    private func pasted(_ seed: inout Seed) -> String {
        let words = ["plain ", "naïve ", "漢字", "🎈", "e\u{301}", "\r\n"]
        let count = seed.oneIn(6) ? 1200 : seed.below(12)
        return (0..<count).map { _ in seed.pick(words) }.joined()
    }

    /// Every edit is where it says, near the last one or far from it, across pieces or within one.
    @Test(arguments: Seed.samples(12))
    func longTextsAreEditedWhereTheSpliceSays(seed: Seed) throws {
        var seed = seed
        var document = TextDocument()
        var expected: [Unicode.Scalar] = []
        for _ in 0..<60 {
            let inserted = pasted(&seed)
            let position = seed.below(expected.count + 1)
            let most = seed.oneIn(5) ? expected.count - position : 8
            let deletedCount = seed.below(min(most, expected.count - position) + 1)
            document.apply(
                TextSplice(position: position, deletedCount: deletedCount, inserted: inserted),
                by: DeviceID(rawValue: 1))
            expected.replaceSubrange(
                position..<position + deletedCount, with: inserted.unicodeScalars)
            #expect(document.count == expected.count)
        }
        let text = String(String.UnicodeScalarView(expected))
        #expect(document.text.utf8.elementsEqual(text.utf8))
        let history = try TextHistory(canonicalBytes: document.history.canonicalBytes)
        #expect(try TextDocument(replaying: history).text.utf8.elementsEqual(text.utf8))
        document.apply(
            TextSplice(position: 0, deletedCount: document.count, inserted: "all new"),
            by: DeviceID(rawValue: 1))
        #expect(document.text == "all new")
    }

    /// Branches of hundreds of runs, so that the state of the replay has many leaves.
    @Test(arguments: Seed.samples(3))
    func longBranchesMergeAsDefined(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory(actCount: 260)
        var document = TextDocument()
        #expect(document.merge(text.edits).refused.isEmpty)
        #expect(document.text.utf8.elementsEqual(text.text.utf8))
        var stepwise = TextDocument()
        var rest = text.edits[...]
        while !rest.isEmpty {
            let batch = rest.prefix(1 + seed.below(60))
            rest = rest.dropFirst(batch.count)
            stepwise.merge(Array(batch))
        }
        #expect(stepwise.text.utf8.elementsEqual(text.text.utf8))
        _ = try document.overlaps()
    }

    /// Two people rewrite a long text without seeing each other for a long time.
    @Test(arguments: Seed.samples(4))
    func longOfflineBranchesMergeAlikeOnBothSides(seed: Seed) {
        var seed = seed
        var base = TextDocument()
        _ = base.save(
            (0..<300).map { "Line \($0) of what both have.\n" }.joined(),
            by: DeviceID(rawValue: 9))
        var replicas = [base, base]
        for index in 0..<2 {
            for _ in 0..<150 {
                let position = seed.below(replicas[index].count - 10)
                replicas[index].apply(
                    TextSplice(
                        position: position, deletedCount: seed.below(6), inserted: seed.text()),
                    by: DeviceID(rawValue: UInt64(index + 1)))
            }
        }
        let edits = replicas.map { $0.history.edits(since: base.version) }
        replicas[0].merge(edits[1])
        for edit in edits[0] {
            var rest: TextEdit? = edit
            while let whole = rest {
                let (piece, remainder) = whole.divided(after: 1 + seed.below(40))
                replicas[1].merge([piece])
                rest = remainder
            }
        }
        #expect(replicas[0].text.utf8.elementsEqual(replicas[1].text.utf8))
        #expect(replicas[0].history.canonicalBytes == replicas[1].history.canonicalBytes)
    }
}
