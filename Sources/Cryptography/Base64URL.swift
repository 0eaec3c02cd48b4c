import CSodium

/// Bytes as text for URLs and tokens: RFC 4648 section 5, without padding. One byte string has
/// exactly one text, and the time taken says nothing about the bytes.
package enum Base64URL {
    private static let variant = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)

    package static func encode(_ bytes: [UInt8]) -> String {
        Sodium.start()
        let capacity = sodium_base64_encoded_len(bytes.count, variant)  // With its closing zero.
        return String(unsafeUninitializedCapacity: capacity) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                _ = sodium_bin2base64(
                    characters.address, capacity, bytes, bytes.count, variant)
            }
            return capacity - 1
        }
    }

    /// Returns nil for padding, white space, characters of another alphabet, a length that no
    /// bytes have, and for unused bits that are not zero.
    package static func decode(_ text: String) -> [UInt8]? {
        decode(ascii: Array(text.utf8))
    }

    static func decode(ascii text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        Sodium.start()
        let capacity = text.count / 4 * 3 + 3
        var count = 0
        var bytes = [UInt8](repeating: 0, count: capacity)
        let status = text.withUnsafeBufferPointer { source in
            source.withMemoryRebound(to: CChar.self) { characters in
                sodium_base642bin(
                    &bytes, capacity, characters.address, characters.count, nil, &count, nil,
                    variant)
            }
        }
        guard status == 0 else { return nil }
        bytes.removeLast(capacity - count)
        return bytes
    }
}
