import Foundation
import Model
import Testing

@testable import Replica

/// How events of calendar files are named, and what is kept of what a file said: `calendar-files.md`.
@Suite struct ImportedEventTests {
    private struct Vectors: Decodable {
        struct Key: Decodable {
            let uid: String
            let occurrence: String
            let key: String
        }

        struct State: Decodable {
            let sequence: Int
            let title: String
            let start: Int64
            let end: Int64
            let place: String?
            let details: String?
            let isFree: Bool
            let state: String

            var event: ImportedEvent {
                ImportedEvent(
                    title: title, start: start, end: end, place: place, details: details,
                    isFree: isFree)
            }
        }

        let keys: [Key]
        let states: [State]
    }

    private let vectors: Vectors

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "protocol/vectors/calendar-files.json")
        vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    }

    @Test func keysAreThoseOfTheVectors() throws {
        for vector in vectors.keys {
            let key = EventImportKey(uid: vector.uid, occurrence: vector.occurrence)
            #expect(key.bytes.hexadecimal == vector.key)
            #expect(EventImportKey(key.value) == key)
        }
        #expect(vectors.keys.count == 4)
        #expect(EventImportKey(.null) == nil)
        #expect(EventImportKey(.bytes(Array(repeating: 1, count: 16))) == nil)
    }

    @Test func statesAreThoseOfTheVectors() throws {
        for vector in vectors.states {
            let state = EventImportState(sequence: vector.sequence, vector.event)
            #expect(state.value.bytes?.hexadecimal == vector.state)
            #expect(EventImportState(state.value) == state)
        }
        #expect(vectors.states.count == 3)
        #expect(EventImportState(.null) == nil)
        #expect(EventImportState(.bytes([1])) == nil)
    }

    @Test func eachPartHasAMarkOfItsOwn() {
        func state(
            _ title: String = "a", _ start: Int64 = 1, _ place: String? = nil,
            _ details: String? = nil, _ isFree: Bool = false
        ) -> EventImportState {
            EventImportState(
                sequence: 0,
                ImportedEvent(
                    title: title, start: start, end: 9, place: place, details: details,
                    isFree: isFree))
        }
        let others = [
            state("b"), state("a", 2), state("a", 1, ""), state("a", 1, nil, ""),
            state("a", 1, nil, nil, true),
        ]
        for (part, other) in zip(ImportedEvent.Part.allCases, others) {
            let differing = ImportedEvent.Part.allCases.filter { state()[$0] != other[$0] }
            #expect(differing == [part])
        }
    }
}
