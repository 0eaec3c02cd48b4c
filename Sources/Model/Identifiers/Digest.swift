/// Thirty-two bytes of a BLAKE2b-256 hash, as a value that can be compared and stored. Hashing
/// itself lives in the Cryptography module; the rules only carry and compare digests.
package struct Digest: Hashable, Comparable, Sendable {
    package let bytes: [UInt8]

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Array(bytes)
    }

    package static let zero = Digest(zeros: ())

    private init(zeros: Void) {
        bytes = [UInt8](repeating: 0, count: 32)
    }

    package var text: String { bytes.hexadecimal }

    package static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
