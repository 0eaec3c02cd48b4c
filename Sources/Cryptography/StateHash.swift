/// The fingerprint of a set of hashes: their sum modulo 2^256, each read as a little-endian number.
///
/// Adding and removing an element costs the same whatever the size of the set, in any order. Two
/// replicas whose sets differ have different sums, except with negligible probability; somebody
/// who may choose elements freely could make sets with equal sums, so it shows mistakes and is
/// never a proof against an author.
package struct StateHash: Hashable, Sendable {
    package static let byteCount = 32
    /// The fingerprint of the empty set.
    package static let zero = StateHash(word0: 0, word1: 0, word2: 0, word3: 0)

    // Lowest word first.
    private var word0: UInt64
    private var word1: UInt64
    private var word2: UInt64
    private var word3: UInt64

    private init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Reads 32 bytes, lowest first; returns nil for any other count.
    package init?(bytes: [UInt8]) {
        guard let number = ContentHash(bytes: bytes)?.littleEndianWords else { return nil }
        (word0, word1, word2, word3) = number
    }

    /// The 32 bytes of the sum, lowest first.
    package var bytes: [UInt8] {
        [word0, word1, word2, word3].flatMap { word in
            withUnsafeBytes(of: word.littleEndian) { Array($0) }
        }
    }

    package mutating func add(_ element: ContentHash) {
        let other = element.littleEndianWords
        var carry = false
        word0 = Self.sum(word0, other.0, carry: &carry)
        word1 = Self.sum(word1, other.1, carry: &carry)
        word2 = Self.sum(word2, other.2, carry: &carry)
        word3 = Self.sum(word3, other.3, carry: &carry)
    }

    package mutating func subtract(_ element: ContentHash) {
        let other = element.littleEndianWords
        var borrow = false
        word0 = Self.difference(word0, other.0, borrow: &borrow)
        word1 = Self.difference(word1, other.1, borrow: &borrow)
        word2 = Self.difference(word2, other.2, borrow: &borrow)
        word3 = Self.difference(word3, other.3, borrow: &borrow)
    }

    /// Adds the sum of another set, or a difference of two sums.
    package mutating func add(_ other: StateHash) {
        var carry = false
        word0 = Self.sum(word0, other.word0, carry: &carry)
        word1 = Self.sum(word1, other.word1, carry: &carry)
        word2 = Self.sum(word2, other.word2, carry: &carry)
        word3 = Self.sum(word3, other.word3, carry: &carry)
    }

    package func adding(_ element: ContentHash) -> StateHash {
        var result = self
        result.add(element)
        return result
    }

    package func subtracting(_ element: ContentHash) -> StateHash {
        var result = self
        result.subtract(element)
        return result
    }

    package static func += (state: inout StateHash, element: ContentHash) {
        state.add(element)
    }

    package static func -= (state: inout StateHash, element: ContentHash) {
        state.subtract(element)
    }

    private static func sum(_ left: UInt64, _ right: UInt64, carry: inout Bool) -> UInt64 {
        let (partial, first) = left.addingReportingOverflow(right)
        let (total, second) = partial.addingReportingOverflow(carry ? 1 : 0)
        carry = first || second
        return total
    }

    private static func difference(
        _ left: UInt64, _ right: UInt64, borrow: inout Bool
    ) -> UInt64 {
        let (partial, first) = left.subtractingReportingOverflow(right)
        let (rest, second) = partial.subtractingReportingOverflow(borrow ? 1 : 0)
        borrow = first || second
        return rest
    }
}

extension StateHash: CustomStringConvertible {
    package var description: String { Hexadecimal.encode(bytes) }
}
