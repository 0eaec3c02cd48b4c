/// Names a record for ever: the device that created it and that device's running counter.
///
/// Unique without luck, few bytes on the wire (a counter next to a dictionary entry), and nobody
/// can create a record in another device's name. For people, for SQLite and inside messages the
/// 128 bits go through a fixed permutation first, so that ids made one after another differ from
/// their first digit on and four digits usually suffice to name one.
///
/// The permutation is a Feistel network of four rounds over the two 64-bit halves:
/// `(left, right) = (right, left ^ mix(right + roundKey))`, where `mix` is the finaliser of
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). It hides nothing and is not meant to.
package struct RecordID: Hashable, Sendable {
    package let device: DeviceID
    package let counter: UInt64

    package init(device: DeviceID, counter: UInt64) {
        self.device = device
        self.counter = counter
    }

    /// Reads the sixteen permuted bytes that ``bytes`` gives; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        // Every row that is read comes this way, so it does not walk the collection by its indices.
        let halves = bytes.withContiguousStorageIfAvailable(Self.halves)
        let (first, second) = halves ?? Array(bytes).withUnsafeBufferPointer(Self.halves)
        self.init(permuted: first, second)
    }

    private static func halves(_ bytes: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64) {
        (UInt64(bigEndianBytes: bytes[..<8]), UInt64(bigEndianBytes: bytes[8...]))
    }

    /// Undoes the permutation of the two halves.
    init(permuted first: UInt64, _ second: UInt64) {
        var (left, right) = (first, second)
        for key in Self.roundKeys.reversed() {
            (left, right) = (right ^ Self.mix(left &+ key), left)
        }
        self.init(device: DeviceID(rawValue: left), counter: right)
    }

    /// Reads the thirty-two hexadecimal digits that ``text`` gives, in either case.
    package init?(text: String) {
        guard let bytes = [UInt8](hexadecimal: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The permuted sixteen bytes: the form in SQLite and in messages.
    package var bytes: [UInt8] { withBytes { [UInt8]($0) } }

    /// Passes on ``bytes`` without an array of their own.
    package func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let (left, right) = permuted
        return try withUnsafeBytes(of: (left.bigEndian, right.bigEndian), body)
    }

    /// The two halves after the permutation.
    var permuted: (UInt64, UInt64) {
        var left = device.rawValue
        var right = counter
        for key in Self.roundKeys {
            (left, right) = (right, left ^ Self.mix(right &+ key))
        }
        return (left, right)
    }

    /// Thirty-two lowercase hexadecimal digits of ``bytes``: what people see and type.
    package var text: String { bytes.hexadecimal }

    private static let roundKeys: [UInt64] = [
        0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB, 0xD6E8_FEB8_6659_FD93,
    ]

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension RecordID: Comparable {
    /// Orders by creating device, then counter; the order in which one device made them.
    package static func < (left: Self, right: Self) -> Bool {
        (left.device, left.counter) < (right.device, right.counter)
    }
}
