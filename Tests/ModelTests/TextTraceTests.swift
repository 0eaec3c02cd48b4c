import Model
import TestSupport
import Testing

/// The beginning of a recorded session of two people. Its text was worked out by a program of
/// its own, by the definition in `protocol/text.md`.
@Suite struct TextTraceTests {
    struct Trace: Decodable {
        let licence: String
        let endContent: String
        let transactions: [Transaction]
    }

    /// `[parents, agent, patches]`
    struct Transaction: Decodable {
        let parents: [Int]
        let agent: UInt64
        let splices: [TextSplice]

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            parents = try values.decode([Int].self)
            agent = try values.decode(UInt64.self)
            splices = try values.decode([TextVectorTests.Texts.Splice].self).map(\.splice)
        }
    }

    private let text: String
    private let edits: [TextEdit]

    init() throws {
        let trace: Trace = try ProtocolFolder.vectors("text-trace")
        text = trace.endContent
        var next: [UInt64: UInt64] = [:]
        var edits: [TextEdit] = []
        for transaction in trace.transactions {
            let edit = TextEdit(
                device: DeviceID(rawValue: transaction.agent),
                sequence: next[transaction.agent] ?? 0,
                parents: TextVersion(transaction.parents.flatMap { edits[$0].version.heads }),
                splices: transaction.splices)
            next[transaction.agent] = edit.sequence + UInt64(edit.count)
            edits.append(edit)
        }
        self.edits = edits
    }

    @Test func theSessionEndsWithItsText() throws {
        var document = TextDocument()
        #expect(document.merge(edits).refused.isEmpty)
        #expect(document.text == text)
        let bytes = document.history.canonicalBytes
        #expect(try TextDocument(replaying: TextHistory(canonicalBytes: bytes)).text == text)
    }

    @Test(arguments: Seed.samples(3))
    func theSessionEndsWithItsTextInWhateverOrderItComes(seed: Seed) {
        var seed = seed
        var document = TextDocument()
        document.merge(edits.reversed())
        var shuffled = TextDocument()
        var rest = edits.shuffled(using: &seed)[...]
        while !rest.isEmpty {
            let batch = rest.prefix(1 + seed.below(60))
            rest = rest.dropFirst(batch.count)
            shuffled.merge(Array(batch))
        }
        #expect(document.text == text)
        #expect(shuffled.text == text)
        #expect(shuffled.history.canonicalBytes == document.history.canonicalBytes)
    }

    /// Whole files saved now and then put into the history about what was typed.
    @Test func wholeFilesThatAreSavedInsertAboutWhatWasTyped() {
        var session = TextDocument()
        var saved = TextDocument()
        for (index, edit) in edits.enumerated() {
            session.merge([edit])
            if index % 50 == 49 { _ = saved.save(session.text, by: DeviceID(rawValue: 3)) }
        }
        let counts = [session, saved].map { document in
            document.history.edits().flatMap(\.splices)
                .reduce(0) { $0 + $1.inserted.unicodeScalars.count }
        }
        #expect(saved.text == session.text)
        #expect(counts[1] * 10 <= counts[0] * 13)
    }
}
