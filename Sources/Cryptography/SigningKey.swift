import CSodium

/// An Ed25519 key pair. What it signs says who wrote it.
package struct SigningKey: Sendable {
    package static let seedByteCount = 32

    package let publicKey: PublicKey
    /// Seed and public key together, the form that libsodium works with.
    private let secretKey: SecretBytes

    /// Makes a new key.
    package init() {
        self.init(checkedSeed: SecretBytes.random(count: Self.seedByteCount))
    }

    /// Makes the key that belongs to a stored seed of 32 bytes.
    package init(seed: SecretBytes) throws(CryptographyError) {
        try CryptographyError.requireLength(
            seed.count, in: Self.seedByteCount...Self.seedByteCount, of: "signing seed")
        self.init(checkedSeed: seed)
    }

    private init(checkedSeed seed: SecretBytes) {
        Sodium.start()
        var secretKey: SecretBytes?
        publicKey = PublicKey { publicBytes in
            secretKey = SecretBytes(count: Int(crypto_sign_ed25519_SECRETKEYBYTES)) { secret in
                seed.withBytes { seedBytes in
                    _ = crypto_sign_ed25519_seed_keypair(
                        publicBytes, secret.address, seedBytes.address)
                }
            }
        }
        guard let secretKey else { preconditionFailure("The key pair was not made.") }
        self.secretKey = secretKey
    }

    /// The 32 bytes from which the key can be made again.
    package var seed: SecretBytes {
        SecretBytes(count: Self.seedByteCount) { output in
            secretKey.withBytes { secret in
                _ = crypto_sign_ed25519_sk_to_seed(output.address, secret.address)
            }
        }
    }

    /// Signs `message` for one purpose. The same key, message and domain give the same signature.
    package func sign(_ message: [UInt8], domain: SignatureDomain) -> Signature {
        signRaw(domain.prefix + message)
    }

    /// Signs without a domain; for standards that bring their own separation, like PASETO.
    func signRaw(_ message: [UInt8]) -> Signature {
        Signature { output in
            secretKey.withBytes { secret in
                _ = crypto_sign_ed25519_detached(
                    output, nil, message, UInt64(message.count), secret.address)
            }
        }
    }

    /// Writes the X25519 key that corresponds to this one to 32 bytes of `output`.
    func writeSealingSecret(to output: UnsafeMutableBufferPointer<UInt8>) {
        secretKey.withBytes { secret in
            _ = crypto_sign_ed25519_sk_to_curve25519(output.address, secret.address)
        }
    }
}
