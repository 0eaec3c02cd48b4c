import Model
import TestSupport
import Testing

/// The bytes of edits and histories.
@Suite struct TextEncodingTests {
    @Test(arguments: Seed.samples(60))
    func savedAndLoadedAtEveryStepNothingChanges(seed: Seed) throws {
        var seed = seed
        let text = seed.textHistory(actCount: 12)
        var document = TextDocument()
        for edit in text.edits.shuffled(using: &seed) {
            document.merge([edit])
            let bytes = document.history.canonicalBytes
            let history = try TextHistory(canonicalBytes: bytes)
            #expect(history.canonicalBytes == bytes)
            #expect(history.version == document.version)
            #expect(history.pending == document.history.pending)
            let replayed = try TextDocument(replaying: history)
            #expect(replayed.text.utf8.elementsEqual(document.text.utf8))
            document = TextDocument(history: history, text: document.text)
        }
        #expect(document.text.utf8.elementsEqual(text.text.utf8))
    }

    @Test(arguments: Seed.samples(60))
    func editsComeBack(seed: Seed) throws {
        var seed = seed
        for edit in Self.document(&seed).history.edits() {
            let decoded = try TextEdit(encoded: edit.encoded, by: edit.device)
            #expect(decoded == edit)
            #expect(decoded.sequence == edit.sequence)
            #expect(decoded.parents == edit.parents)
            #expect(decoded.splices == edit.splices)
            #expect(decoded.encoded == edit.encoded)
        }
    }

    /// Whatever can be read is written again as the same bytes, and merging it never fails in
    /// any other way than by being refused.
    @Test(arguments: Seed.samples(120))
    func damagedEditsAreRefusedOrAreOtherEdits(seed: Seed) throws {
        var seed = seed
        let document = Self.document(&seed)
        let edits = document.history.edits()
        for _ in 0..<60 {
            let edit = seed.pick(edits)
            let damaged = Self.damaged(edit.encoded, &seed)
            guard let read = try? TextEdit(encoded: damaged, by: edit.device) else { continue }
            #expect(read.encoded == damaged)
            var replica = TextDocument()
            replica.merge(edits.filter { $0 != edit } + [read])
            let bytes = replica.history.canonicalBytes
            let again = try TextDocument(replaying: TextHistory(canonicalBytes: bytes))
            #expect(again.text.utf8.elementsEqual(replica.text.utf8))
            _ = try replica.overlaps()
        }
    }

    @Test(arguments: Seed.samples(120))
    func damagedHistoriesAreRefusedOrAreOtherHistories(seed: Seed) {
        var seed = seed
        let bytes = Self.document(&seed).history.canonicalBytes
        for _ in 0..<60 {
            let damaged = Self.damaged(bytes, &seed)
            guard let history = try? TextHistory(canonicalBytes: damaged) else { continue }
            #expect(history.canonicalBytes == damaged)
            // Taken on trust, beside a text, it must not crash either.
            var trusting = TextDocument(history: history, text: seed.text())
            trusting.merge(Self.document(&seed).history.edits())
            #expect(trusting.count == trusting.text.unicodeScalars.count)
            _ = try? trusting.overlaps()
            _ = history.removing(Array(history.version.heads.prefix(1)))
            guard var document = try? TextDocument(replaying: history) else { continue }
            #expect(document.count == document.text.unicodeScalars.count)
            document.apply(
                TextSplice(position: document.count, deletedCount: 0, inserted: "!"),
                by: DeviceID(rawValue: 12))
            _ = try? document.overlaps()
        }
    }

    /// A history that is put together with another text than its own must not crash either.
    @Test(arguments: Seed.samples(60))
    func aTextThatIsNotThatOfTheHistoryIsNoReasonToCrash(seed: Seed) {
        var seed = seed
        let document = Self.document(&seed)
        let edits = document.history.edits()
        var part = TextDocument()
        part.merge(Array(edits.prefix(edits.count / 2)))
        var wrong = TextDocument(history: part.history, text: seed.text())
        wrong.merge(edits)
        #expect(wrong.count == wrong.text.unicodeScalars.count)
        _ = try? wrong.overlaps()
    }

    @Test(arguments: Seed.samples(20))
    func truncatedHistoriesAreRefused(seed: Seed) {
        var seed = seed
        let bytes = Self.document(&seed).history.canonicalBytes
        for count in bytes.indices {
            #expect(throws: DecodingFailure.self) {
                try TextHistory(canonicalBytes: Array(bytes.prefix(count)))
            }
        }
        #expect(throws: DecodingFailure.self) { try TextHistory(canonicalBytes: bytes + [0]) }
    }

    /// The runs of the same events are the same, whoever cuts them wherever.
    @Test(arguments: Seed.samples(60))
    func cutsMakeNoDifference(seed: Seed) {
        var seed = seed
        let document = Self.document(&seed)
        var pieces: [TextEdit] = []
        for edit in document.history.edits() {
            var rest: TextEdit? = edit
            while let whole = rest {
                let (piece, remainder) = whole.divided(after: 1 + seed.below(3))
                pieces.append(piece)
                rest = remainder
            }
        }
        var other = TextDocument()
        other.merge(pieces)
        #expect(other.history.canonicalBytes == document.history.canonicalBytes)
        #expect(other.history.edits(since: document.version).isEmpty)
    }

    @Test func aLargeSaveFitsIntoSmallOperands() throws {
        var document = TextDocument()
        let text = String(repeating: "Zwölf Boxkämpfer. ", count: 4000)
        let saved = document.save(text, by: DeviceID(rawValue: 1))
        let edit = try #require(saved)
        let pieces = edit.divided(bytesMax: 10_000)
        #expect(pieces.count > 7)
        for piece in pieces { #expect(piece.encoded.count <= 10_000) }
        var other = TextDocument()
        other.merge(pieces)
        #expect(other.text == text)
        #expect(other.history.canonicalBytes == document.history.canonicalBytes)
    }

    @Test func countsThatNothingFollowsCostNothing() {
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        let device = DeviceID(rawValue: 1)
        for bytes in [
            [0, 0] + huge, [0] + huge, [0, 0, 1] + huge + [0, 0], [0, 0, 1, 1] + huge,
        ] {
            #expect(throws: DecodingFailure.self) { try TextEdit(encoded: bytes, by: device) }
            #expect(throws: DecodingFailure.self) { try TextHistory(canonicalBytes: [1] + bytes) }
        }
        // Sixteen million deletions in nine bytes: read, but refused, for nothing is there.
        let bytes: [UInt8] = [0, 0, 1, 0x81, 0x80, 0x80, 0x20, 0, 0]
        guard let edit = try? TextEdit(encoded: bytes, by: device) else { return }
        var document = TextDocument()
        #expect(document.merge([edit]).refused.count == 1)
        #expect(document.history.eventCount == 0)
        // A history of one letter, of which somebody has deleted sixteen million.
        let head: [UInt8] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
        let stretches: [UInt8] = [2, 0, 0, 1, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0x07, 1]
        let runs: [UInt8] = [0, 2, 4, 0xFD, 0xFF, 0xFF, 0x1F, 0, 1, 1, 0x61]
        #expect(throws: DecodingFailure.numberTooLarge) {
            try TextHistory(canonicalBytes: head + stretches + runs)
        }
    }

    @Test func aShortEntryCostsFewBytesMoreThanItsText() {
        var document = TextDocument()
        _ = document.save(String(repeating: "0123456789", count: 20), by: DeviceID(rawValue: .max))
        #expect(document.history.columns.structure.count <= 24)
    }

    static func document(_ seed: inout Seed) -> TextDocument {
        var document = TextDocument()
        document.merge(seed.textHistory(actCount: 12).edits)
        return document
    }

    private static func damaged(_ bytes: [UInt8], _ seed: inout Seed) -> [UInt8] {
        var damaged = bytes
        for _ in 0...seed.below(2) {
            let index = seed.below(damaged.count)
            switch seed.below(4) {
            case 0: damaged[index] = UInt8(truncatingIfNeeded: seed.next())
            case 1: damaged[index] ^= 1 << UInt8(seed.below(8))
            case 2: damaged.insert(UInt8(seed.below(4)), at: index)
            default: if damaged.count > 1 { damaged.remove(at: index) }
            }
        }
        return damaged
    }
}
