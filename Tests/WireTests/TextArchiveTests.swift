import Model
import TestSupport
import Testing
import Wire

/// How texts and their histories are stored.
@Suite struct TextArchiveTests {
    private let device = DeviceID(rawValue: 0x6F1D_F292_4DBB_4A20)

    private func document(_ seed: inout Seed) -> TextDocument {
        var document = TextDocument()
        var text = ""
        for _ in 0..<seed.below(8) {
            text = seed.oneIn(3) ? seed.text() : text + seed.text()
            _ = document.save(text, by: device)
        }
        return document
    }

    @Test(arguments: Seed.samples(60))
    func storedHistoriesComeBack(seed: Seed) throws {
        var seed = seed
        let document = document(&seed)
        let bytes = TextArchive.bytes(of: document.history, text: document.text)
        let history = try TextArchive.history(bytes, text: document.text)
        #expect(history.canonicalBytes == document.history.canonicalBytes)
        let text = try TextArchive.text(TextArchive.bytes(ofText: document.text))
        #expect(text.utf8.elementsEqual(document.text.utf8))
    }

    /// An error, or another history that can be stored again; never a crash.
    @Test(arguments: Seed.samples(100))
    func damagedHistoriesAreRefusedOrOthers(seed: Seed) {
        var seed = seed
        let document = document(&seed)
        let bytes = TextArchive.bytes(of: document.history, text: document.text)
        for _ in 0..<50 {
            var damaged = bytes
            damaged[seed.below(damaged.count)] ^= 1 << UInt8(seed.below(8))
            if let history = try? TextArchive.history(damaged, text: document.text) {
                _ = history.canonicalBytes
            }
            let cut = Array(bytes.prefix(seed.below(bytes.count)))
            #expect(throws: WireError.self) {
                try TextArchive.history(cut, text: document.text)
            }
        }
    }

    /// What has been inserted is mostly there still; it is not stored twice.
    @Test func aHistoryCostsLittleBesideItsText() throws {
        var document = TextDocument()
        var text = ""
        var seed = Seed(7)
        for line in 0..<100 {
            text += "\(line): \(seed.next()) and what else there was on that day.\n"
            _ = document.save(text, by: device)
        }
        _ = document.save(text.replacing("what else", with: "all that"), by: device)
        let bytes = TextArchive.bytes(of: document.history, text: document.text)
        #expect(bytes.count < document.text.utf8.count / 4)
        #expect(throws: WireError.self) {
            try TextArchive.history(bytes, text: document.text + "!")
        }
        #expect(
            try TextArchive.history(bytes, text: document.text).canonicalBytes
                == document.history.canonicalBytes)
    }

    @Test func aStatedSizeThatCannotBeIsRefused() {
        var writer = ByteWriter()
        writer.append(varint: 1 << 40)
        writer.append(lengthPrefixed: [0x78, 0x9C, 3, 0, 0, 0, 0, 1])
        #expect(throws: WireError.self) { try TextArchive.text(writer.bytes) }
    }

    /// A short entry costs little more than its text.
    @Test func anEntryOfTwoHundredBytesCostsAtMostSixtyMore() {
        var document = TextDocument()
        let text = (0..<20).map { "line \($0 + 10) .\n" }.joined()
        _ = document.save(text, by: device)
        #expect(text.utf8.count == 200)
        #expect(TextArchive.bytes(of: document.history, text: text).count <= 60)
    }
}
