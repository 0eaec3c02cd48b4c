import CSodium

/// Bytes that nobody can foresee, from the operating system's generator.
package enum RandomBytes {
    /// Returns `count` new random bytes.
    package static func generate(count: Int) -> [UInt8] {
        Sodium.start()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            if count > 0 { randombytes_buf(buffer.address, count) }
            initialised = count
        }
    }
}
