/// Appends numbers, strings and values to a growing array of bytes.
///
/// Numbers are unsigned varints (seven bits a byte, least significant group first, as in
/// Protocol Buffers); signed numbers go through zigzag first. Every number has exactly one valid
/// encoding, so equal states have equal bytes.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reservingCapacity capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func append(byte: UInt8) {
        bytes.append(byte)
    }

    package mutating func append(bytes more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    package mutating func append(bytes more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Appends eight bytes, most significant first.
    package mutating func append(bigEndian value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func append(count: Int) {
        append(varint: UInt64(count))
    }

    package mutating func append(zigzag value: Int64) {
        append(varint: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Appends the length as a varint, then the bytes.
    package mutating func append(lengthPrefixed more: some Collection<UInt8>) {
        append(count: more.count)
        bytes.append(contentsOf: more)
    }

    /// Appends the length in UTF-8 bytes as a varint, then the UTF-8.
    package mutating func append(text: String) {
        append(lengthPrefixed: text.utf8)
    }
}
