import CSodium

/// A key of 32 bytes derived from a passphrase with Argon2id (version 1.3, one lane).
///
/// Salt and cost are no secrets; they are stored beside what the key protects.
package struct PassphraseKey: Sendable {
    package static let saltByteCount = 16
    /// More than anybody types; a pasted file is refused rather than hashed.
    package static let passphraseBytesBounds = 1...1_024

    package let key: SecretBytes

    /// Derives the key. Slow on purpose, and takes `cost.memoryBytes` of memory meanwhile.
    /// The passphrase is used byte by byte: callers encode text as UTF-8 and trim line ends.
    package init(
        passphrase: SecretBytes, salt: [UInt8], cost: PassphraseCost
    ) throws(CryptographyError) {
        try CryptographyError.requireLength(
            passphrase.count, in: Self.passphraseBytesBounds, of: "passphrase")
        try CryptographyError.requireLength(
            salt.count, in: Self.saltByteCount...Self.saltByteCount, of: "salt")
        key = try SecretBytes(
            count: AuthenticatedCipher.keyByteCount
        ) { output throws(CryptographyError) in
            let status = passphrase.withBytes { typed in
                typed.withMemoryRebound(to: CChar.self) { characters in
                    crypto_pwhash(
                        output.address, UInt64(output.count), characters.address,
                        UInt64(characters.count), salt, UInt64(cost.operations), cost.memoryBytes,
                        crypto_pwhash_ALG_ARGON2ID13)
                }
            }
            guard status == 0 else {
                throw CryptographyError(.memoryUnavailable, subject: "passphrase key")
            }
        }
    }

    /// Returns a new random salt; every protected file gets its own.
    package static func newSalt() -> [UInt8] {
        RandomBytes.generate(count: saltByteCount)
    }
}
