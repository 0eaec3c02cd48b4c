import Model
import TestSupport
import Testing

/// A text of a record says the same as its document, however its edits came.
@Suite struct FieldTextTests {
    private let ann = DeviceID(rawValue: 1)
    private let ben = DeviceID(rawValue: 2)

    private func edit(
        _ device: DeviceID, _ sequence: UInt64, after parents: [TextEventID],
        _ splices: TextSplice...
    ) -> TextEdit {
        TextEdit(
            device: device, sequence: sequence, parents: TextVersion(parents), splices: splices)
    }

    private func inserting(_ text: String, at position: Int = 0) -> TextSplice {
        TextSplice(position: position, deletedCount: 0, inserted: text)
    }

    @Test(arguments: Seed.samples(60)) func saysWhatItsDocumentSays(seed: Seed) {
        var seed = seed
        let history = seed.textHistory(actCount: 8)
        var document = TextDocument()
        document.merge(history.edits)
        for _ in 0..<3 {
            var text = FieldText()
            for edit in seed.causalOrder(of: history) { text.merge(edit) }
            #expect(text.text.utf8.elementsEqual(history.text.utf8))
            #expect(text.byteCount == history.text.utf8.count)
            #expect(text.document.history.canonicalBytes == document.history.canonicalBytes)
        }
    }

    @Test func textWrittenOnceIsFreshHoweverItCame() {
        let whole = edit(ann, 0, after: [], inserting("Hello"))
        var once = FieldText()
        once.merge(whole)
        #expect(once.fresh?.text == "Hello")
        #expect(once.fresh?.device == ann)
        // In two pieces, the second before the first.
        var pieces = FieldText()
        let (first, second) = whole.divided(after: 2)
        if let second { pieces.merge(second) }
        #expect(pieces.fresh == nil)
        #expect(pieces.text == "")
        pieces.merge(first)
        #expect(pieces.fresh?.text == "Hello")
        #expect(
            pieces.document.history.canonicalBytes == once.document.history.canonicalBytes)
        // Once more changes nothing.
        once.merge(whole)
        #expect(once.fresh?.text == "Hello")
    }

    @Test func textThatWasEditedIsNotFresh() {
        let last = TextEventID(device: ann, sequence: 4)
        let edits = [
            edit(ann, 5, after: [last], TextSplice(position: 0, deletedCount: 1, inserted: "J")),
            edit(ben, 0, after: [last], inserting("!", at: 5)),
        ]
        for later in edits {
            var text = FieldText()
            text.merge(edit(ann, 0, after: [], inserting("Hello")))
            text.merge(later)
            #expect(text.fresh == nil)
        }
        var late = FieldText()
        late.merge(edit(ann, 7, after: [], inserting("Hello")))
        #expect(late.fresh == nil, "Its numbers do not follow from the text.")
    }

    @Test func whatCannotBeLeavesATextUnwritten() {
        var text = FieldText()
        #expect(!text.merge(edit(ann, 0, after: [], inserting("x", at: 5))).refused.isEmpty)
        #expect(text.isUnwritten)
    }

    // MARK: Writing anew and taking back

    @Test(arguments: Seed.samples(40)) func authoredAnewSaysTheSame(seed: Seed) {
        var seed = seed
        var original = TextDocument()
        var copy = TextDocument()
        var known: [(old: TextEdit, first: UInt64)] = []
        var text = ""
        for _ in 0..<6 {
            text = String(text.dropLast(seed.below(3))) + seed.text()
            guard let edit = original.save(text, by: ann) else { continue }
            let first = copy.history.nextSequence(of: ben)
            let anew = edit.authored(by: ben, from: first) { id in
                for other in known where other.old.contains(id) {
                    return TextEventID(
                        device: ben, sequence: other.first + id.sequence - other.old.sequence)
                }
                return id
            }
            known.append((edit, first))
            #expect(copy.merge([anew]).refused.isEmpty)
        }
        #expect(copy.text.utf8.elementsEqual(original.text.utf8))
        #expect(copy.history.devices == (copy.history.eventCount > 0 ? [ben] : []))
    }

    @Test(arguments: Seed.samples(40)) func reversalRestoresTheText(seed: Seed) throws {
        var seed = seed
        var document = TextDocument()
        _ = document.save(seed.text(), by: ann)
        let before = document.text
        let edits = (0..<3).compactMap { _ in document.save(seed.text(), by: ann) }
        if let reversal = try document.reversal(of: edits, by: ann) { document.merge([reversal]) }
        #expect(document.text.utf8.elementsEqual(before.utf8))
    }

    @Test func editAppliesToItsAuthorsText() throws {
        var document = TextDocument()
        _ = document.save("one two three", by: ann)
        let before = document.text
        let saved = document.save("one TWO and three", by: ann)
        let edit = try #require(saved)
        #expect(edit.applied(to: before) == document.text)
        #expect(edit.applied(to: "") == nil)
    }

    /// What is put in again is not what somebody wrote.
    @Test func wordsThatARewriteKeepsAreNotTheAuthors() throws {
        var document = TextDocument()
        _ = document.save("The cat sat on the mat.", by: ann)
        let before = document.text
        let saved = document.save("A dog lay on the rug.", by: ben)
        let edit = try #require(saved)
        let words = edit.writtenWords(over: before)
        #expect(words.map(\.text) == ["A", "dog", "lay", "rug"])
        #expect(words.map(\.blankBefore) == [nil, " ", " ", nil])
        #expect(edit.writtenWords(over: "").map(\.text) == ["A dog lay on the rug."])
    }

    // MARK: Places that want an eye

    private func rewritten() -> TextDocument {
        var left = TextDocument()
        _ = left.save("Good morning, world! Bye.", by: ann)
        var right = left
        let edits = [
            left.save("Good morning, moon! Bye.", by: ann),
            right.save("Good morning, sun! Bye.", by: ben),
        ].compactMap { $0 }
        left.merge(edits)
        return left
    }

    @Test func whoLooksAtItAndEditsSettlesIt() throws {
        let document = rewritten()
        #expect(try document.openOverlaps().count == 1)
        for text in [
            "Good morning, moon! Bye.", "Good morning, moon or sun! Bye.", "Good morning! Bye.",
        ] {
            var settled = document
            _ = settled.save(text, by: ben)
            #expect(try settled.openOverlaps().isEmpty, "\(text)")
            #expect(try settled.overlaps().count == 1)
        }
        var between = document
        _ = between.save("Good morning, moon or sun! Bye.", by: ben)
        #expect(try between.overlaps().map(\.range) == [13..<25])
        var elsewhere = document
        _ = elsewhere.save(document.text + " See you.", by: ben)
        #expect(try elsewhere.openOverlaps().count == 1)
    }

    @Test func lettingItStandSettlesIt() throws {
        var document = rewritten()
        let text = document.text
        let assent = try #require(try document.settlement(by: ben))
        document.merge([assent])
        #expect(document.text == text)
        #expect(try document.openOverlaps().isEmpty)
        #expect(try document.settlement(by: ann) == nil)
    }

    /// Who has not seen the other's words settles nothing.
    @Test func editByWhoSawOnlyTheirOwnSettlesNothing() throws {
        var left = TextDocument()
        _ = left.save("a word here", by: ann)
        var right = left
        let edits = [
            left.save("a sword here", by: ann), right.save("a lord here", by: ben),
            right.save("a landlord here", by: ben),
        ].compactMap { $0 }
        left.merge(edits)
        #expect(try left.openOverlaps().count == 1)
    }
}
