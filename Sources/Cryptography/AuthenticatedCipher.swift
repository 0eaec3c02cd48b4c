import CSodium

/// Encrypts with a secret key so that any alteration is noticed
/// (XChaCha20-Poly1305, IETF construction).
///
///     sealed = nonce (24 random bytes) ‖ ciphertext ‖ tag (16 bytes)
///
/// The nonce is long enough to be chosen at random for every message of a key's life. The
/// *associated* bytes are not in the result; opening needs the same ones. They tie a ciphertext to
/// its place, so that it cannot be moved to another.
package struct AuthenticatedCipher: Sendable {
    package static let keyByteCount = 32
    /// By how much the sealed bytes are longer than the message.
    package static let overheadBytes = nonceByteCount + tagByteCount

    static let nonceByteCount = 24
    private static let tagByteCount = 16

    private let key: SecretBytes

    /// Uses a key of 32 bytes.
    package init(key: SecretBytes) throws(CryptographyError) {
        try CryptographyError.requireLength(
            key.count, in: Self.keyByteCount...Self.keyByteCount, of: "encryption key")
        self.key = key
    }

    package init(_ passphraseKey: PassphraseKey) {
        key = passphraseKey.key
    }

    /// Encrypts `message` and binds it to `associated`.
    package func seal(_ message: [UInt8], associated: [UInt8]) -> [UInt8] {
        message.withUnsafeBufferPointer { seal($0, associated: associated, nonce: Self.newNonce()) }
    }

    /// Encrypts a secret, which never leaves its guarded memory in the clear.
    package func seal(_ secret: SecretBytes, associated: [UInt8]) -> [UInt8] {
        secret.withBytes { seal($0, associated: associated, nonce: Self.newNonce()) }
    }

    /// Decrypts what `seal` made with this key and the same associated bytes.
    package func open(
        _ sealed: [UInt8], associated: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: try Self.messageCount(of: sealed))
        let isOpened = message.withUnsafeMutableBufferPointer {
            open(sealed, associated: associated, into: $0)
        }
        guard isOpened else { throw Self.cannotBeOpened }
        return message
    }

    /// Decrypts a secret straight into guarded memory.
    package func openSecret(
        _ sealed: [UInt8], associated: [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        let count = try Self.messageCount(of: sealed)
        return try SecretBytes(count: count) { output throws(CryptographyError) in
            guard open(sealed, associated: associated, into: output) else {
                throw Self.cannotBeOpened
            }
        }
    }

    /// Encrypts with a given nonce; only for `seal` and for checking against published vectors.
    func seal(
        _ message: UnsafeBufferPointer<UInt8>, associated: [UInt8], nonce: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == Self.nonceByteCount, "A nonce has 24 bytes.")
        let sealedCount = message.count + Self.overheadBytes
        return [UInt8](unsafeUninitializedCapacity: sealedCount) { buffer, initialised in
            _ = buffer.initialize(fromContentsOf: nonce)
            let body = UnsafeMutableBufferPointer(rebasing: buffer[Self.nonceByteCount...])
            key.withBytes { keyBytes in
                _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                    body.address, nil, message.baseAddress, UInt64(message.count),
                    associated, UInt64(associated.count), nil, nonce, keyBytes.address)
            }
            initialised = sealedCount
        }
    }

    private func open(
        _ sealed: [UInt8], associated: [UInt8], into output: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        sealed.withUnsafeBufferPointer { input in
            let body = UnsafeBufferPointer(rebasing: input[Self.nonceByteCount...])
            return key.withBytes { keyBytes in
                crypto_aead_xchacha20poly1305_ietf_decrypt(
                    output.baseAddress, nil, nil, body.address, UInt64(body.count),
                    associated, UInt64(associated.count), input.address, keyBytes.address)
                    == 0
            }
        }
    }

    private static func newNonce() -> [UInt8] {
        RandomBytes.generate(count: nonceByteCount)
    }

    private static func messageCount(of sealed: [UInt8]) throws(CryptographyError) -> Int {
        guard sealed.count >= overheadBytes else { throw cannotBeOpened }
        return sealed.count - overheadBytes
    }

    private static var cannotBeOpened: CryptographyError {
        CryptographyError(.cannotBeOpened, subject: "encrypted text")
    }
}
