import CSodium

/// The X25519 key to which anybody can seal a box.
package struct SealingPublicKey: Hashable, Sendable {
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// Returns nil unless there are exactly 32 bytes. Sealing to a weak key fails later.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Converts the public key of a signer, so that one published key serves both purposes.
    /// Returns nil for bytes that are no valid Ed25519 key.
    package init?(_ publicKey: PublicKey) {
        Sodium.start()
        var converted = [UInt8](repeating: 0, count: Self.byteCount)
        guard crypto_sign_ed25519_pk_to_curve25519(&converted, publicKey.bytes) == 0 else {
            return nil
        }
        bytes = converted
    }
}

extension SealingPublicKey: CustomStringConvertible {
    package var description: String { Hexadecimal.encode(bytes) }
}
