import CSodium

/// Boxes that anybody can seal and only the holder of a `SealingKey` can open
/// (libsodium's `crypto_box_seal`: X25519, XSalsa20-Poly1305).
///
/// A box hides its sender and shows the length of the message. It proves nothing about who sealed
/// it; sign what is inside where that matters.
package enum SealedBox {
    /// By how much a box is longer than its message.
    package static let overheadBytes = 48

    /// Seals `message`. Sealing twice gives different boxes. Fails for a weak key.
    package static func seal(
        _ message: [UInt8], to key: SealingPublicKey
    ) throws(CryptographyError) -> [UInt8] {
        Sodium.start()
        var box = [UInt8](repeating: 0, count: message.count + overheadBytes)
        guard crypto_box_seal(&box, message, UInt64(message.count), key.bytes) == 0 else {
            throw CryptographyError(.unusableKey, subject: "recipient's sealing key")
        }
        return box
    }

    /// Returns the message of a box sealed to this key.
    package static func open(
        _ box: [UInt8], with key: SealingKey
    ) throws(CryptographyError) -> [UInt8] {
        guard box.count >= overheadBytes else {
            throw CryptographyError(.cannotBeOpened, subject: "sealed box")
        }
        // One byte more, so that the address is never nil.
        var message = [UInt8](repeating: 0, count: box.count - overheadBytes + 1)
        let status = key.secret.withBytes { secret in
            crypto_box_seal_open(
                &message, box, UInt64(box.count), key.publicKey.bytes, secret.address)
        }
        guard status == 0 else {
            throw CryptographyError(.cannotBeOpened, subject: "sealed box")
        }
        message.removeLast()
        return message
    }
}
