import CSodium

/// The public half of a `SigningKey`.
package struct PublicKey: Hashable, Sendable {
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// Returns nil unless there are exactly 32 bytes. Bytes that are no key, or a weak one, are
    /// accepted here, but no signature is ever valid under them.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Makes the key whose 32 bytes `write` puts where it is told.
    init(writtenBy write: (UnsafeMutablePointer<UInt8>) -> Void) {
        bytes = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, initialised in
            write(buffer.address)
            initialised = Self.byteCount
        }
    }

    /// Tells whether this key's owner signed exactly these bytes for this purpose.
    package func isValid(
        _ signature: Signature, for message: [UInt8], domain: SignatureDomain
    ) -> Bool {
        isValidRaw(signature, for: domain.prefix + message)
    }

    /// Verifies without a domain; for standards that bring their own separation, like PASETO.
    func isValidRaw(_ signature: Signature, for message: [UInt8]) -> Bool {
        Sodium.start()
        return crypto_sign_ed25519_verify_detached(
            signature.bytes, message, UInt64(message.count), bytes) == 0
    }
}

extension PublicKey: CustomStringConvertible {
    package var description: String { Hexadecimal.encode(bytes) }
}
