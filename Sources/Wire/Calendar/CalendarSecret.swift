import Cryptography

/// The secret part of a private calendar address: whoever knows it may read the calendar, and nobody
/// can guess it. The hub keeps a hash of it, see `protocol/calendar.md`.
package struct CalendarSecret: Hashable, Sendable {
    package static let byteCount = 32
    private static let suffix = ".ics"

    private let bytes: [UInt8]

    /// Makes a new one.
    package init() { bytes = RandomBytes.generate(count: Self.byteCount) }

    /// By what the hub finds the address: the SHA-256 of the secret's bytes.
    package var hash: [UInt8] { SHA256.hash(of: bytes) }

    /// The last part of the address.
    package var fileName: String { Base64URL.encode(bytes) + Self.suffix }

    /// The path on the hub.
    package var path: String { "/calendar/" + fileName }

    /// Reads the last part of an address; nil for anything else.
    package init?(fileName: some StringProtocol) {
        guard fileName.utf8.count <= 64, fileName.hasSuffix(Self.suffix),
            let bytes = Base64URL.decode(String(fileName.dropLast(Self.suffix.count))),
            bytes.count == Self.byteCount
        else { return nil }
        self.bytes = bytes
    }
}
