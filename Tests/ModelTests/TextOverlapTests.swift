import Model
import TestSupport
import Testing

/// What people have rewritten at the same time is found.
@Suite struct TextOverlapTests {
    private let ann = DeviceID(rawValue: 1)
    private let ben = DeviceID(rawValue: 2)
    private let cat = DeviceID(rawValue: 3)

    /// Both begin with the same text, each saves a text of their own, both merge.
    private func merged(_ base: String, _ one: String, _ other: String) -> TextDocument {
        var left = TextDocument()
        _ = left.save(base, by: ann)
        var right = left
        let edits = [left.save(one, by: ann), right.save(other, by: ben)].compactMap { $0 }
        left.merge(edits)
        right.merge(edits.reversed())
        #expect(left.text.utf8.elementsEqual(right.text.utf8))
        return left
    }

    private func shown(_ document: TextDocument) throws -> [String] {
        let scalars = Array(document.text.unicodeScalars)
        return try document.overlaps().map {
            String(String.UnicodeScalarView(scalars[$0.range]))
        }
    }

    @Test func theSameWordRewrittenByBothIsFound() throws {
        let document = merged("Good morning, world!", "Good morning, moon!", "Good morning, sun!")
        #expect(document.text == "Good morning, moon sun!")
        #expect(try shown(document) == [" moon sun"])
        let overlap = try #require(try document.overlaps().first)
        #expect(overlap.devices == [ann, ben])
        let versions = try overlap.parts.map { try document.text(at: $0.version) }
        #expect(versions.allSatisfy { $0.hasPrefix("Good morning, ") })
    }

    @Test func rewritingDifferentWordsIsNoOverlap() throws {
        let document = merged("one two three", "ONE two three", "one two THREE")
        #expect(document.text == "ONE two THREE")
        #expect(try shown(document) == [])
    }

    /// Whatever a save makes of that: nobody has written over anybody's words.
    @Test func writingOnTheSameEmptyLineIsNoOverlap() throws {
        let document = merged(
            "Dear all,\n\nBye.\n", "Dear all,\nI agree.\nBye.\n", "Dear all,\nMe too.\nBye.\n")
        #expect(document.text == "Dear all,\nI agree.\nMe too.\nBye.\n")
        #expect(try document.openOverlaps().isEmpty)
    }

    @Test func appendingAtTheSamePlaceIsNoOverlap() throws {
        let document = merged("Dear all,\n", "Dear all,\nI agree.\n", "Dear all,\nMe too.\n")
        #expect(document.text == "Dear all,\nI agree.\nMe too.\n")
        #expect(try shown(document) == [])
    }

    /// Whoever writes on in a line and whoever writes a line beside it may meet at one spot. In one
    /// of the two orders the words stay with their line; in the other they are found.
    @Test(arguments: [
        ("We met.", "We met. Bring tea.", "We met.\nNEW line."),
        ("We met.", "We met. Bring tea.", "We met.\n\nNEW part."),
        ("- call Tom\n- call Eve", "- call Tom\n- call Eve (555)", "- call Tom\n- call Eve\n- buy"),
        ("A.\nB met.\nC.", "A.\nYesterday B met.\nC.", "A.\nNEW line.\nB met.\nC."),
        ("A went.\nB.", "Yesterday A went.\nB.", "NEW line.\nA went.\nB."),
        ("- a\n- b\n- c", "- a\n  - b\n- c", "- a\n- new\n- b\n- c"),
        ("one\ntwo\nthree", "> one\n> two\n> three", "one\ntwo\nnew\nthree"),
        ("We met.", "We met. Bring tea.\nAnd more.", "We met.\nNEW line."),
    ])
    func wordsTornFromTheirLineAreFound(_ base: String, _ words: String, _ line: String) throws {
        let orders = [merged(base, words, line), merged(base, line, words)]
        let open = try orders.map { try $0.openOverlaps().count }
        #expect(open.sorted() == [0, 1], "\(orders.map(\.text))")
        // Whoever looks at it and puts it right has settled it.
        for var document in orders where try !document.openOverlaps().isEmpty {
            let right = orders.first { $0.text != document.text }?.text ?? ""
            _ = document.save(right, by: ann)
            #expect(document.text == right)
            #expect(try document.openOverlaps().isEmpty)
        }
    }

    /// A text that was emptied is begun anew like one that never was.
    @Test(arguments: ["x", "We met.\nTwice."]) func beginningsOfAnEmptiedTextAreFound(
        base: String
    ) throws {
        var left = TextDocument()
        _ = left.save(base, by: cat)
        _ = left.save("", by: ben)
        var right = left
        let one = left.save("A text.", by: ann)
        let other = right.save("B text.", by: ben)
        left.merge([one, other].compactMap { $0 })
        #expect(left.text == "A text.B text.")
        #expect(try left.openOverlaps().count == 1)
        _ = left.save("A text. B text.", by: ann)
        #expect(try left.openOverlaps().isEmpty)
        // Who had something before them only wrote on.
        var third = right
        let more = third.save("B text. And more.", by: cat)
        _ = right.save("Start. B text.", by: ann)
        right.merge([try #require(more)])
        #expect(try right.openOverlaps().isEmpty)
    }

    /// Words amid a line that another parts there, and whole lines, have lost nothing.
    @Test(arguments: [
        ("One two.", "One and two.", "One\n two."), ("a\nb", "a\nx\nb", "a\ny\nz\nb"),
        ("a\nb", "a\nb\nx", "a\nb\ny"), ("a\n\nb", "a\nx\nb", "a\n\ny\nb"),
        ("a\nb\n", "a and\nb\n", "a\nnew\nb\n"),
    ])
    func wordsThatStayInTheirLineAreNoOverlap(_ base: String, _ one: String, _ other: String) throws
    {
        for document in [merged(base, one, other), merged(base, other, one)] {
            #expect(try document.openOverlaps().isEmpty, "\(document.text)")
        }
    }

    @Test func deletingWhatAnotherRewritesIsFound() throws {
        let document = merged("keep this sentence.", "keep", "keep this long sentence!")
        #expect(try !shown(document).isEmpty)
    }

    /// What is left of it stands alone, wherever that is.
    @Test(arguments: [
        ("Dear all, I walked home. Bye.", "Dear all, Bye.", "Dear all, I slowly walked home. Bye."),
        ("One.\nTwo walked.\nThree.\n", "One.\nThree.\n", "One.\nTwo fast walked.\nThree.\n"),
        ("one two three", "", "one two and a half three"),
        ("a b c d", "a X d", "a b and c d"),
    ])
    func writingIntoWhatAnotherDeletesIsFound(base: String, shorter: String, longer: String)
        throws
    {
        for (one, other) in [(shorter, longer), (longer, shorter)] {
            let document = merged(base, one, other)
            let overlap = try #require(try document.openOverlaps().first)
            #expect(overlap.devices == [ann, ben])
            let versions = Set(
                try overlap.parts.map { try document.text(at: document.authorsVersion(of: $0)) })
            #expect(versions == [shorter, longer])
        }
    }

    /// What is left of it belonged to what is gone.
    @Test(arguments: [
        ("One. Two walked", "One.", "One. Two walked home."),
        ("One.\nTwo walked", "One.\n", "One.\nTwo walked home."),
        ("One. Two walked.", "One.", "One. Slowly Two walked."),
        ("One.\nTwo walked.\n", "One.\n", "One.\nSlowly Two walked.\n"),
        ("one two three", "one three", "one and two three"),
        ("one two three", "one three", "one two or three"),
        // Sentences, too, if they come to stand in another line or sentence.
        ("One.\n\nTwo. Three.", "One.", "One.\n\nTwo. Three. Four."),
        ("One two three.", "One two", "One two three. Four."),
        // Lines that are joined.
        ("A one\nB two", "A one B two", "A one\nNEW line\nB two"),
        ("A one.\nB two", "A one. B two", "A one.\nNEW B two"),
    ])
    func writingAtTheEdgeOfWhatAnotherDeletesIsFound(
        base: String, shorter: String, longer: String
    ) throws {
        for (one, other) in [(shorter, longer), (longer, shorter)] {
            #expect(try merged(base, one, other).openOverlaps().count == 1)
        }
    }

    @Test(arguments: [
        // Lines and sentences before and behind what is deleted are where they were written.
        ("one\ntwo\n", "one\n", "one\ntwo\nthree\n"),
        ("one\ntwo", "one", "one\ntwo\nthree"),
        ("one\ntwo\n", "one\n", "one\none and a half\ntwo\n"),
        ("One. Two.", "One.", "One. Two. Three."),
        ("One. Two.", "One.", "One. And a half. Two."),
        ("One.\nTwo. Three.\n", "One.\nTwo.\n", "One.\nTwo. Three. Four.\n"),
        ("A one\nB two", "A one B two", "A one more\nB two"),
        // Whoever puts something else there deletes the word and not the place.
        ("teh dog", "the dog", "teh big dog"),
    ])
    func writingBesideWhatAnotherDeletesIsNoOverlap(
        base: String, shorter: String, longer: String
    ) throws {
        for (one, other) in [(shorter, longer), (longer, shorter)] {
            #expect(try merged(base, one, other).openOverlaps().isEmpty)
        }
    }

    @Test func theSameWordsPutInByBothAreFound() throws {
        let document = merged("I paid.", "I paid the costs.", "I paid the costs.")
        #expect(document.text == "I paid the costs the costs.")
        #expect(try shown(document) == [" the costs the costs"])
        #expect(try merged("One.", "One.\n", "One.\n").openOverlaps().isEmpty)
    }

    @Test func whatBothBeginIsFound() throws {
        let document = merged("", "I am Ann.", "Ann here!")
        #expect(try document.openOverlaps().map(\.devices) == [[ann, ben]])
    }

    @Test func deletingWhatSomebodyWroteBeforeIsNoOverlap() throws {
        var left = TextDocument()
        _ = left.save("one two three", by: ann)
        var right = left
        left.merge([right.save("one two and a half three", by: ben)].compactMap { $0 })
        right.merge([left.save("one", by: ann)].compactMap { $0 })
        left.merge([right.save("one and on", by: ben)].compactMap { $0 })
        #expect(try left.overlaps().isEmpty)
    }

    /// One deletes what is left of a spot, the other what is right of it; both put something there.
    @Test func replacingAtTheSameSpotIsFound() throws {
        var left = TextDocument()
        _ = left.save("ab", by: ann)
        var right = left
        let version = left.version
        left.apply(TextSplice(position: 1, deletedCount: 0, inserted: "X"), by: ann)
        left.apply(TextSplice(position: 0, deletedCount: 1, inserted: ""), by: ann)
        right.apply(TextSplice(position: 1, deletedCount: 0, inserted: "Y"), by: ben)
        right.apply(TextSplice(position: 2, deletedCount: 1, inserted: ""), by: ben)
        left.merge(right.history.edits(since: version))
        #expect(left.text == "XY")
        #expect(try shown(left) == ["XY"])
    }

    @Test func whatBothHaveSeenIsNotReportedAgain() throws {
        var document = merged("a word here", "a sword here", "a lord here")
        #expect(try document.overlaps().count == 1)
        #expect(try document.overlaps(since: document.version).isEmpty)
        let version = document.version
        _ = document.save("a sword lord here", by: ann)
        #expect(try document.overlaps(since: version).isEmpty)
        #expect(try document.overlaps().count == 1)
    }

    @Test func whoeverWritesAloneHasNoOverlaps() throws {
        var document = TextDocument()
        for text in ["one", "one two", "two", ""] { _ = document.save(text, by: ann) }
        #expect(try document.overlaps().isEmpty)
    }

    /// Whatever order the edits come in, everybody is shown the same places.
    @Test(arguments: Seed.samples(150))
    func overlapsAreTheSameEverywhere(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory()
        var found: [[TextOverlap]] = []
        for _ in 0..<4 {
            var document = TextDocument()
            for edit in seed.causalOrder(of: text) { document.merge([edit]) }
            found.append(try document.openOverlaps())
        }
        for overlaps in found {
            #expect(overlaps.map(\.range) == found[0].map(\.range))
            #expect(overlaps.map(\.devices) == found[0].map(\.devices))
        }
    }

    /// By the definition: a character that two devices have deleted lies in an overlap with both.
    @Test(arguments: Seed.samples(100))
    func everyCharacterDeletedTwiceIsReported(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory()
        var document = TextDocument()
        document.merge(text.edits)
        let overlaps = try document.overlaps()
        for group in text.deletions.values {
            let devices = Set(group.map { text.events[$0].id.device })
            guard devices.count > 1 else { continue }
            for index in group {
                let id = text.events[index].id
                let isReported = overlaps.contains { overlap in
                    devices.isSubset(of: overlap.devices)
                        && overlap.parts.contains {
                            $0.first.device == id.device && $0.first.sequence <= id.sequence
                                && id.sequence < $0.first.sequence + UInt64($0.count)
                        }
                }
                #expect(isReported)
            }
        }
        for overlap in overlaps {
            #expect(overlap.devices.count > 1)
            #expect(overlap.range.upperBound <= document.count)
        }
    }

    /// Compared with a document of the edits that all have.
    @Test(arguments: Seed.samples(40))
    func whatAllHadIsFound(seed: Seed) throws {
        var seed = seed
        var all = TextDocument()
        var people: [(document: TextDocument, edits: [TextEdit])] = Array(
            repeating: (TextDocument(), []), count: 3)
        for _ in 0..<20 {
            let index = seed.below(3)
            if seed.oneIn(3) {
                let edits = people[seed.below(3)].edits
                people[index].document.merge(edits)
                people[index].edits += edits.filter { !people[index].edits.contains($0) }
            } else {
                var scalars = Array(people[index].document.text.unicodeScalars)
                let start = seed.below(scalars.count + 1)
                let end = min(scalars.count, start + seed.below(3))
                scalars.replaceSubrange(start..<end, with: seed.text().unicodeScalars)
                let text = String(String.UnicodeScalarView(scalars))
                let device = DeviceID(rawValue: UInt64(index + 1))
                guard let edit = people[index].document.save(text, by: device) else { continue }
                people[index].edits.append(edit)
                all.merge([edit])
            }
        }
        for count in 1...3 {
            let some = people.prefix(count)
            var expected = TextDocument()
            expected.merge(
                people[0].edits.filter { edit in some.allSatisfy { $0.edits.contains(edit) } })
            #expect(
                try all.commonText(of: some.map(\.document.version)).utf8.elementsEqual(
                    expected.text.utf8))
        }
    }
}
