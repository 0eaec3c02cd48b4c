/// Counts the fields of an encoded message without decoding any of them.
///
/// A field of two bytes can become an object of a hundred. Looking at the outermost tags first
/// keeps a message of the allowed size from taking fifty times its size in memory.
struct FieldCount {
    /// Tells whether the message has at most as many fields of this number as fit it, given what
    /// one of them takes at least. A message that cannot be walked to its end is not plausible.
    static func isPlausible(
        _ bytes: [UInt8], field: UInt64, bytesEach: Int
    ) -> Bool {
        var seen = 0
        var walker = FieldCount(bytes: bytes)
        while let tag = walker.nextTag() {
            if tag >> 3 == field { seen += 1 }
            guard walker.skip(wireType: tag & 7) else { return false }
        }
        // One more, because the first of a kind may be shorter than any other can be.
        return seen <= bytes.count / bytesEach + 1
    }

    private let bytes: [UInt8]
    private var offset = 0

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func nextTag() -> UInt64? {
        offset < bytes.count ? varint() : nil
    }

    private mutating func skip(wireType: UInt64) -> Bool {
        switch wireType {
        case 0: return varint() != nil
        case 1: return advance(by: 8)
        case 2:
            guard let count = varint(), count <= UInt64(bytes.count) else { return false }
            return advance(by: Int(count))
        case 5: return advance(by: 4)
        // Groups are no part of proto3, and the decoder would skip over what they hide.
        default: return false
        }
    }

    private mutating func advance(by count: Int) -> Bool {
        guard count <= bytes.count - offset else { return false }
        offset += count
        return true
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 70 {
            let next = bytes[offset]
            offset += 1
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
