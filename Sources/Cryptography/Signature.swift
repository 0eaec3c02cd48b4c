/// A detached Ed25519 signature.
package struct Signature: Hashable, Sendable {
    package static let byteCount = 64

    package let bytes: [UInt8]

    /// Returns nil unless there are exactly 64 bytes. Whether they are a signature of anything
    /// only `PublicKey` can tell.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Makes the signature whose 64 bytes `write` puts where it is told.
    init(writtenBy write: (UnsafeMutablePointer<UInt8>) -> Void) {
        bytes = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, initialised in
            write(buffer.address)
            initialised = Self.byteCount
        }
    }
}

extension Signature: CustomStringConvertible {
    package var description: String { Hexadecimal.encode(bytes) }
}
