import Testing

@testable import Cryptography

@Suite struct StateHashTests {
    let elements = (0..<50).map {
        ContentHash.of([UInt8($0)], domain: HashDomain("waymark example v1"))
    }

    @Test(arguments: try CryptographyVectors.load().stateHashes)
    func sumIsTheOneInTheVectors(_ vector: CryptographyVectors.State) throws {
        var state = StateHash.zero
        for hash in vector.added { state += try contentHash(hash) }
        for hash in vector.removed { state -= try contentHash(hash) }

        #expect(state.description == vector.sum)
        #expect(state.bytes == Hexadecimal.decode(vector.sum))
        #expect(StateHash(bytes: state.bytes) == state)
    }

    @Test func orderOfElementsDoesNotMatter() {
        let sum = elements.reduce(StateHash.zero) { $0.adding($1) }
        for step in [1, 3, 7, 9, 11, 13, 27, 49] {
            // No step shares a factor with 50, so each visits every element once.
            let shuffled = elements.indices.map { elements[$0 * step % 50] }
            #expect(shuffled.reduce(StateHash.zero) { $0.adding($1) } == sum)
            let taken = shuffled.reduce(sum) { $0.subtracting($1) }
            #expect(taken == .zero)
        }
    }

    @Test func subtractingUndoesAddingAndBack() {
        let start = elements.reduce(StateHash.zero) { $0.adding($1) }
        for element in elements {
            #expect(start.adding(element).subtracting(element) == start)
            #expect(start.subtracting(element).adding(element) == start)
        }
    }

    @Test func onlyThirtyTwoBytesAreAStateHash() {
        for count in [0, 31, 33] {
            #expect(StateHash(bytes: [UInt8](repeating: 0, count: count)) == nil)
        }
        #expect(StateHash(bytes: [UInt8](repeating: 0, count: 32)) == .zero)
    }

    private func contentHash(_ text: String) throws -> ContentHash {
        let bytes = try #require(Hexadecimal.decode(text))
        return try #require(ContentHash(bytes: bytes))
    }
}
