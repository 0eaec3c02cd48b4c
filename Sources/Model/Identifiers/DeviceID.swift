/// Names a device: the first 64 bits of the hash of its public signing key, so an id is bound to
/// its key. The hub refuses a second key for one id.
package struct DeviceID: Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads eight bytes, most significant first; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self.rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The eight bytes of the id, most significant first.
    package var bytes: [UInt8] { rawValue.bigEndianBytes }

    /// Sixteen lowercase hexadecimal digits.
    package var text: String { bytes.hexadecimal }

    /// The id as a signed integer, as columns and fields of records hold it.
    package var column: Int64 { Int64(bitPattern: rawValue) }
    package init(column: Int64) { self.init(rawValue: UInt64(bitPattern: column)) }

    package init?(text: String) {
        guard let bytes = [UInt8](hexadecimal: text) else { return nil }
        self.init(bytes: bytes)
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
