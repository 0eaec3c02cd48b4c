import CSodium

/// Encrypts a sequence of messages with one key so that no message can be altered, left out,
/// repeated or moved, and so that a sequence that was cut short still gives what precedes the cut
/// (libsodium's `crypto_secretstream_xchacha20poly1305`).
///
/// The key is used for one sequence only. The end is a message of its own kind, so whoever reads
/// knows whether they have seen everything.
package enum StreamCipher {
    package static let keyByteCount = 32
    /// What precedes the first message; not secret.
    package static let headerByteCount = 24
    /// By how much a sealed message is longer than the message.
    package static let overheadBytes = 17

    /// Seals messages in their order.
    package struct Sealer {
        package let header: [UInt8]
        private var state: crypto_secretstream_xchacha20poly1305_state

        /// Begins a sequence with a key of 32 bytes that is used for no other.
        package init(key: SecretBytes) {
            precondition(key.count == keyByteCount, "The key of a stream has 32 bytes.")
            Sodium.start()
            var header = [UInt8](repeating: 0, count: headerByteCount)
            var state = crypto_secretstream_xchacha20poly1305_state()
            _ = key.withBytes { keyBytes in
                crypto_secretstream_xchacha20poly1305_init_push(
                    &state, &header, keyBytes.address)
            }
            self.state = state
            self.header = header
        }

        /// Seals the next message and ties it to `associated`, which is not in the result.
        package mutating func seal(
            _ message: [UInt8], associated: [UInt8], isLast: Bool = false
        ) -> [UInt8] {
            var sealed = [UInt8](repeating: 0, count: message.count + overheadBytes)
            _ = crypto_secretstream_xchacha20poly1305_push(
                &state, &sealed, nil, message, UInt64(message.count), associated,
                UInt64(associated.count), isLast ? finalTag : 0)
            return sealed
        }
    }

    /// Opens messages in their order.
    package struct Opener {
        private var state: crypto_secretstream_xchacha20poly1305_state

        /// Begins to read what was sealed with this key.
        package init(key: SecretBytes, header: [UInt8]) throws(CryptographyError) {
            try CryptographyError.requireLength(
                key.count, in: keyByteCount...keyByteCount, of: "encryption key")
            try CryptographyError.requireLength(
                header.count, in: headerByteCount...headerByteCount, of: "header of a stream")
            Sodium.start()
            var state = crypto_secretstream_xchacha20poly1305_state()
            _ = key.withBytes { keyBytes in
                crypto_secretstream_xchacha20poly1305_init_pull(
                    &state, header, keyBytes.address)
            }
            self.state = state
        }

        /// Opens the next message; says whether it is the last of its sequence.
        package mutating func open(
            _ sealed: [UInt8], associated: [UInt8]
        ) throws(CryptographyError) -> (message: [UInt8], isLast: Bool) {
            guard sealed.count >= overheadBytes else {
                throw CryptographyError(.cannotBeOpened, subject: "message of a stream")
            }
            // One byte more, so that the address is never nil.
            var message = [UInt8](repeating: 0, count: sealed.count - overheadBytes + 1)
            var tag: UInt8 = 0
            let status = crypto_secretstream_xchacha20poly1305_pull(
                &state, &message, nil, &tag, sealed, UInt64(sealed.count), associated,
                UInt64(associated.count))
            guard status == 0 else {
                throw CryptographyError(.cannotBeOpened, subject: "message of a stream")
            }
            message.removeLast()
            return (message, tag == finalTag)
        }
    }

    private static let finalTag: UInt8 = 3
}
