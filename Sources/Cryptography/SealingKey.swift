import CSodium

/// An X25519 key pair that opens sealed boxes.
package struct SealingKey: Sendable {
    package static let secretByteCount = 32

    package let publicKey: SealingPublicKey
    /// The 32 bytes from which the key can be made again.
    package let secret: SecretBytes

    /// Makes a new key.
    package init() {
        self.init(checkedSecret: SecretBytes.random(count: Self.secretByteCount))
    }

    /// Makes the key that belongs to a stored secret of 32 bytes.
    package init(secret: SecretBytes) throws(CryptographyError) {
        try CryptographyError.requireLength(
            secret.count, in: Self.secretByteCount...Self.secretByteCount, of: "sealing secret")
        self.init(checkedSecret: secret)
    }

    /// Derives the key that belongs to a signing key; its public half is
    /// `SealingPublicKey(signingKey.publicKey)`.
    package init(_ signingKey: SigningKey) {
        self.init(
            checkedSecret: SecretBytes(count: Self.secretByteCount) { output in
                signingKey.writeSealingSecret(to: output)
            })
    }

    private init(checkedSecret secret: SecretBytes) {
        Sodium.start()
        var publicBytes = [UInt8](repeating: 0, count: SealingPublicKey.byteCount)
        secret.withBytes { secretBytes in
            _ = crypto_scalarmult_curve25519_base(&publicBytes, secretBytes.address)
        }
        guard let publicKey = SealingPublicKey(bytes: publicBytes) else {
            preconditionFailure("A public key has 32 bytes.")
        }
        self.publicKey = publicKey
        self.secret = secret
    }
}
