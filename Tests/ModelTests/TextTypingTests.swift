import Model
import TestSupport
import Testing

/// What people see of a merge.
@Suite struct TextTypingTests {
    private let ann = DeviceID(rawValue: 1)
    private let ben = DeviceID(rawValue: 2)

    private func typed(
        _ text: String, at position: Int, isBackward: Bool, in document: TextDocument,
        by device: DeviceID
    ) -> TextDocument {
        var document = document
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            document.apply(
                TextSplice(
                    position: isBackward ? position : position + offset, deletedCount: 0,
                    inserted: String(Character(scalar))), by: device)
        }
        return document
    }

    /// Whichever way each of two people types at one place, their runs stay whole.
    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)], [0, 3, 6])
    func runsTypedAtOnePlaceAreNotInterleaved(isBackward: (Bool, Bool), position: Int) {
        var base = TextDocument()
        _ = base.save("ground", by: ann)
        var one = typed("12345", at: position, isBackward: isBackward.0, in: base, by: ann)
        var other = typed("vwxyz", at: position, isBackward: isBackward.1, in: base, by: ben)
        let (edits, others) = (one.history.edits(), other.history.edits())
        one.merge(others)
        other.merge(edits)
        #expect(one.text == other.text)
        #expect(one.text.contains(isBackward.0 ? "54321" : "12345"))
        #expect(one.text.contains(isBackward.1 ? "zyxwv" : "vwxyz"))
    }

    /// Forwards, three people at once and in sittings of their own.
    @Test(arguments: Seed.samples(40))
    func paragraphsOfThreePeopleStayWhole(seed: Seed) {
        var seed = seed
        let paragraphs = ["one one one\n", "two two two\n", "three three\n"]
        var base = TextDocument()
        _ = base.save("heading\n\nending\n", by: ann)
        var replicas = paragraphs.enumerated().map { index, text in
            typed(
                text, at: 8, isBackward: false, in: base, by: DeviceID(rawValue: UInt64(index + 4)))
        }
        let edits = replicas.flatMap { $0.history.edits() }
        for index in replicas.indices { replicas[index].merge(edits.shuffled(using: &seed)) }
        for replica in replicas {
            #expect(replica.text == "heading\none one one\ntwo two two\nthree three\n\nending\n")
        }
    }

    /// Nothing is normalised, cut or joined: scalar values come out as they went in.
    @Test(arguments: [
        "e\u{301}", "👩\u{200D}👩\u{200D}👧", "\r\n", "\u{202B}שלום\u{202C}", "🇺🇬", "\u{0}", "ﬁ",
    ])
    func unusualTextSurvivesAMerge(text: String) throws {
        var one = TextDocument()
        _ = one.save("a \(text) b", by: ann)
        var other = TextDocument(history: one.history, text: one.text)
        _ = one.save("a \(text) \(text) b", by: ann)
        _ = other.save("\(text) a \(text) b \(text)", by: ben)
        one.merge(other.history.edits())
        other.merge(one.history.edits())
        let expected = "\(text) a \(text) \(text) b \(text)"
        #expect(one.text.utf8.elementsEqual(expected.utf8))
        #expect(other.text.utf8.elementsEqual(expected.utf8))
    }

    @Test func anEditThatWaitsForItsParentIsKeptAndComesIn() throws {
        var writer = TextDocument()
        let edits = ["one", "one two", "one two three"].compactMap { writer.save($0, by: ann) }
        var reader = TextDocument()
        reader.merge([edits[2], edits[1]])
        #expect(reader.text == "")
        #expect(reader.history.pending.count == 2)
        reader = TextDocument(
            history: try TextHistory(canonicalBytes: reader.history.canonicalBytes), text: "")
        reader.merge([edits[0]])
        #expect(reader.text == "one two three")
        #expect(reader.history.pending.isEmpty)
    }

    /// An edit that acts where nothing is gets refused; what came with it does not suffer.
    @Test func impossibleEditsAreRefusedAlone() {
        var writer = TextDocument()
        let edit = writer.save("text", by: ann)
        let beyond = TextEdit(
            device: ben, sequence: 0, parents: .empty,
            splices: [TextSplice(position: 1, deletedCount: 0, inserted: "x")])
        let missing = TextEdit(
            device: ben, sequence: 0, parents: writer.version,
            splices: [TextSplice(position: 3, deletedCount: 2, inserted: "")])
        let selfish = TextEdit(
            device: ben, sequence: 0,
            parents: TextVersion([TextEventID(device: ben, sequence: 0)]),
            splices: [TextSplice(position: 0, deletedCount: 0, inserted: "x")])
        for bad in [beyond, missing, selfish] {
            for edits in [[edit, bad], [bad, edit]] {
                var reader = TextDocument()
                let merge = reader.merge(edits.compactMap { $0 })
                #expect(merge.refused.map(\.edit) == [bad])
                #expect(reader.text == "text")
                #expect(reader.history.canonicalBytes == writer.history.canonicalBytes)
            }
        }
    }

    @Test func mergingIntoAnEmptyTextGivesThatVersion() throws {
        var writer = TextDocument()
        _ = writer.save("first", by: ann)
        let version = writer.version
        _ = writer.save("first and second", by: ann)
        #expect(try writer.text(at: version) == "first")
        #expect(writer.history.edits(since: version).count == 1)
        #expect(try TextDocument(at: version, of: writer.history).version == version)
    }
}
