import CSodium

/// Computes a `ContentHash` piece by piece, for what is too large or too scattered to be one
/// array. A value: a copy goes its own way from where it was made.
package struct ContentHasher: Sendable {
    private var state: HasherState

    package init(domain: HashDomain) {
        state = HasherState()
        update(domain.prefix)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { update($0) }
    }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBufferPointer { update($0) }
    }

    mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) {
        if !isKnownUniquelyReferenced(&state) { state = HasherState(copying: state) }
        crypto_generichash_blake2b_update(state.address, bytes.baseAddress, UInt64(bytes.count))
    }

    /// Returns the hash of everything so far; further updates continue from here.
    package func finish() -> ContentHash {
        // Finishing spoils the state, so it happens to a copy.
        let last = HasherState(copying: state)
        return ContentHash { output in
            crypto_generichash_blake2b_final(last.address, output, ContentHash.byteCount)
        }
    }
}

/// The memory of libsodium's hash function, which Swift cannot hold by value because of its
/// alignment of 64.
///
/// `@unchecked Sendable` is sound because `ContentHasher` writes to it only while it holds the one
/// reference, and shared states are only read.
private final class HasherState: @unchecked Sendable {
    private static let byteCount = crypto_generichash_blake2b_statebytes()

    private let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)

    var address: OpaquePointer { OpaquePointer(memory) }

    init() {
        Sodium.start()
        crypto_generichash_blake2b_init(address, nil, 0, ContentHash.byteCount)
    }

    init(copying other: HasherState) {
        memory.copyMemory(from: other.memory, byteCount: Self.byteCount)
    }

    deinit {
        memory.deallocate()
    }
}
