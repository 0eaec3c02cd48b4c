/// Reads what ``ByteWriter`` wrote, from bytes that nobody has to trust: every read checks its
/// bounds, and a number in any but its shortest form is an error.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    package private(set) var offset: Int
    private let end: Int

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    package var isAtEnd: Bool { offset == end }
    package var remaining: Int { end - offset }

    package mutating func byte() throws(DecodingFailure) -> UInt8 {
        guard offset < end else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// The next byte, which stays to be read.
    package func peekByte() throws(DecodingFailure) -> UInt8 {
        guard offset < end else { throw .truncated }
        return bytes[offset]
    }

    package mutating func bytes(count: Int) throws(DecodingFailure) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .truncated }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// Reads eight bytes, most significant first.
    package mutating func bigEndian() throws(DecodingFailure) -> UInt64 {
        guard remaining >= 8 else { throw .truncated }
        var value: UInt64 = 0
        for index in offset..<offset + 8 { value = value << 8 | UInt64(bytes[index]) }
        offset += 8
        return value
    }

    package mutating func varint() throws(DecodingFailure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            if shift == 63, next > 1 { throw .numberTooLarge }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 {
                if next == 0, shift > 0 { throw .notCanonical }
                return value
            }
            shift += 7
            if shift > 63 { throw .numberTooLarge }
        }
    }

    package mutating func zigzag() throws(DecodingFailure) -> Int64 {
        let raw = try varint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// Reads a count of things that each take at least `bytesEach` bytes, so that a count larger
    /// than what can follow is refused before anything is allocated for it.
    package mutating func count(bytesEach: Int = 1) throws(DecodingFailure) -> Int {
        let value = try varint()
        guard value <= UInt64(remaining / max(bytesEach, 1)) else { throw .truncated }
        return Int(value)
    }

    package mutating func lengthPrefixed() throws(DecodingFailure) -> [UInt8] {
        try bytes(count: count())
    }

    /// Reads a length-prefixed string and refuses bytes that are not UTF-8.
    package mutating func text() throws(DecodingFailure) -> String {
        let length = try count()
        let slice = bytes[offset..<offset + length]
        offset += length
        guard let text = String(validating: slice, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    package func requireEnd() throws(DecodingFailure) {
        guard isAtEnd else { throw .trailingBytes }
    }
}
