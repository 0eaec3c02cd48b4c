import CSodium

/// A BLAKE2b-256 hash: the name of some bytes.
///
/// Ordered as its 32 bytes are. Kept as four words, so that the hundreds of thousands of hashes of
/// an import need no memory of their own.
package struct ContentHash: Hashable, Sendable {
    package static let byteCount = 32

    // Bytes 0–7, 8–15, 16–23 and 24–31, each read big-endian, so that words compare like bytes.
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    /// Returns nil unless there are exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self = bytes.withUnsafeBytes { ContentHash(reading: $0) }
    }

    private init(reading bytes: UnsafeRawBufferPointer) {
        word0 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        word1 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        word2 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        word3 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// Makes the hash whose 32 bytes `write` puts where it is told.
    init(writtenBy write: (UnsafeMutablePointer<UInt8>) -> Void) {
        self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { output in
            write(output.address)
            return ContentHash(reading: UnsafeRawBufferPointer(output))
        }
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, initialised in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: word0.bigEndian, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
            raw.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt64.self)
            raw.storeBytes(of: word3.bigEndian, toByteOffset: 24, as: UInt64.self)
            initialised = Self.byteCount
        }
    }

    /// The hash read as one little-endian number, lowest word first; what `StateHash` adds up.
    var littleEndianWords: (UInt64, UInt64, UInt64, UInt64) {
        (word0.byteSwapped, word1.byteSwapped, word2.byteSwapped, word3.byteSwapped)
    }
}

extension ContentHash {
    /// Messages up to this size are hashed in one call, from the stack.
    private static let smallInputBytes = 512

    /// Returns the hash of `message` in `domain`.
    package static func of(_ message: [UInt8], domain: HashDomain) -> ContentHash {
        message.withUnsafeBufferPointer { ContentHash.of($0, domain: domain) }
    }

    /// Returns the hash of a part of an array, without copying it.
    package static func of(_ message: ArraySlice<UInt8>, domain: HashDomain) -> ContentHash {
        message.withUnsafeBufferPointer { ContentHash.of($0, domain: domain) }
    }

    /// Returns the hash of the concatenated parts. The borders between the parts leave no trace:
    /// parts of varying length must carry their own lengths.
    package static func of(_ parts: [[UInt8]], domain: HashDomain) -> ContentHash {
        var hasher = ContentHasher(domain: domain)
        for part in parts { hasher.update(part) }
        return hasher.finish()
    }

    private static func of(
        _ message: UnsafeBufferPointer<UInt8>, domain: HashDomain
    ) -> ContentHash {
        let prefixCount = domain.prefix.count
        let count = prefixCount + message.count
        guard count <= smallInputBytes else {
            var hasher = ContentHasher(domain: domain)
            hasher.update(message)
            return hasher.finish()
        }
        Sodium.start()
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) { input in
            _ = input.initialize(fromContentsOf: domain.prefix)
            _ = input[prefixCount...].initialize(fromContentsOf: message)
            return ContentHash { output in
                crypto_generichash_blake2b(
                    output, byteCount, input.address, UInt64(count), nil, 0)
            }
        }
    }
}

extension ContentHash: Comparable {
    package static func < (left: ContentHash, right: ContentHash) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }
}

extension ContentHash: CustomStringConvertible {
    package var description: String { Hexadecimal.encode(bytes) }
}
