import CSodium

/// SHA-256, for where another program may have to find the same hash; within the protocol
/// ``ContentHash`` is used.
package enum SHA256 {
    package static let byteCount = 32

    /// Returns the 32 bytes of the hash of a message.
    package static func hash(of message: [UInt8]) -> [UInt8] {
        Sodium.start()
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialised in
            crypto_hash_sha256(buffer.address, message, UInt64(message.count))
            initialised = byteCount
        }
    }
}
