import Foundation
import Model
import Testing

/// The worked examples of `protocol/text.md`.
@Suite struct TextVectorTests {
    struct Texts: Decodable {
        struct ID: Decodable, Sendable {
            let id: TextEventID

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                let device = try #require(DeviceID(text: values.decode(String.self)))
                id = TextEventID(device: device, sequence: try values.decode(UInt64.self))
            }
        }
        struct Splice: Decodable, Sendable {
            let splice: TextSplice

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                splice = TextSplice(
                    position: try values.decode(Int.self),
                    deletedCount: try values.decode(Int.self),
                    inserted: try values.decode(String.self))
            }
        }
        struct Edit: Decodable, Sendable {
            let device: String
            let sequence: UInt64
            let parents: [ID]
            let splices: [Splice]
            let bytes: String

            func edit() throws -> TextEdit {
                TextEdit(
                    device: try #require(DeviceID(text: device)), sequence: sequence,
                    parents: TextVersion(parents.map(\.id)), splices: splices.map(\.splice))
            }
        }
        struct Overlap: Decodable, Sendable {
            let range: Range<Int>
            let devices: [String]
            let isOpen: Bool

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                range = try values.decode(Int.self)..<values.decode(Int.self)
                devices = try values.decode([String].self)
                isOpen = try values.decode(Bool.self)
            }
        }
        struct Text: Decodable, Sendable, CustomTestStringConvertible {
            let name: String
            let edits: [Edit]
            let text: String
            let version: [ID]
            let pending: Int
            let overlaps: [Overlap]
            let canonical: String
            var testDescription: String { name }
        }
        struct Refused: Decodable, Sendable, CustomTestStringConvertible {
            let name: String
            let bytes: String
            var testDescription: String { name }
        }

        let texts: [Text]
        let refusedEdits: [Refused]
        let refusedHistories: [Refused]
    }

    private static let vectors = Result { () throws -> Texts in
        try ProtocolFolder.vectors("texts")
    }
    static let texts = (try? vectors.get().texts) ?? []
    static let refusedEdits = (try? vectors.get().refusedEdits) ?? []
    static let refusedHistories = (try? vectors.get().refusedHistories) ?? []

    @Test func vectorsAreThere() throws {
        let vectors = try Self.vectors.get()
        #expect(!vectors.texts.isEmpty)
        #expect(!vectors.refusedEdits.isEmpty)
        #expect(!vectors.refusedHistories.isEmpty)
    }

    @Test(arguments: texts)
    func editsHaveTheBytesAndTheTextThatTheVectorSays(vector: Texts.Text) throws {
        var edits: [TextEdit] = []
        for edit in vector.edits {
            let bytes = try #require([UInt8](hexadecimal: edit.bytes))
            let decoded = try TextEdit(
                encoded: bytes, by: try #require(DeviceID(text: edit.device)))
            #expect(try edit.edit().encoded.hexadecimal == edit.bytes)
            #expect(try decoded == edit.edit())
            edits.append(decoded)
        }
        for order in [edits, edits.reversed(), edits + edits] {
            var document = TextDocument()
            for edit in order { document.merge([edit]) }
            #expect(document.text.utf8.elementsEqual(vector.text.utf8))
            #expect(document.version.heads == vector.version.map(\.id))
            #expect(document.history.pending.count == vector.pending)
            #expect(document.history.canonicalBytes.hexadecimal == vector.canonical)
            let overlaps = try document.overlaps()
            #expect(overlaps.map(\.range) == vector.overlaps.map(\.range))
            #expect(overlaps.map { $0.devices.map(\.text) } == vector.overlaps.map(\.devices))
            #expect(overlaps.map(\.isOpen) == vector.overlaps.map(\.isOpen))
        }
        let canonical = try #require([UInt8](hexadecimal: vector.canonical))
        let replayed = try TextDocument(replaying: TextHistory(canonicalBytes: canonical))
        #expect(replayed.text.utf8.elementsEqual(vector.text.utf8))
    }

    @Test(arguments: refusedEdits)
    func whatIsNoEditIsRefused(vector: Texts.Refused) throws {
        let bytes = try #require([UInt8](hexadecimal: vector.bytes))
        let device = try #require(DeviceID(text: "6f1df2924dbb4a20"))
        #expect(throws: DecodingFailure.self) { try TextEdit(encoded: bytes, by: device) }
    }

    @Test(arguments: refusedHistories)
    func whatIsNoHistoryIsRefused(vector: Texts.Refused) throws {
        let bytes = try #require([UInt8](hexadecimal: vector.bytes))
        #expect(throws: DecodingFailure.self) { try TextHistory(canonicalBytes: bytes) }
    }

    /// Every example in the page is a vector, every vector is an example in the page.
    @Test func pageAndVectorsNameTheSameExamples() throws {
        let page = try ProtocolFolder.page("text")
        for text in Self.texts { #expect(page.contains("`\(text.name)`"), "\(text.name)") }
        let known = Set(Self.texts.map(\.name))
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let names = line.split(separator: "|")[0].split(separator: "`")
            for name in names where name.contains(where: \.isLetter) {
                #expect(known.contains(String(name)), "\(name)")
            }
        }
    }
}
