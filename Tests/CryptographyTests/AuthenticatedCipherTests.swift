import Testing

@testable import Cryptography

@Suite struct AuthenticatedCipherTests {
    let key = SecretBytes((0x80...0x9F).map { UInt8($0) })

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    @Test func ciphertextAgreesWithTheStandard() throws {
        let nonce = (0x40...0x57).map { UInt8($0) }
        let associated: [UInt8] = [
            0x50, 0x51, 0x52, 0x53, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7,
        ]
        let message = Array(
            ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
                + "the future, sunscreen would be it.").utf8)
        let expected =
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            + "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            + "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            + "21f9664c97637da9768812f615c68b13b52e"
            + "c0875924c1c7987947deafd8780acf49"
        let cipher = try AuthenticatedCipher(key: key)

        let sealed = message.withUnsafeBufferPointer {
            cipher.seal($0, associated: associated, nonce: nonce)
        }

        #expect(Hexadecimal.encode(sealed) == Hexadecimal.encode(nonce) + expected)
        #expect(try cipher.open(sealed, associated: associated) == message)
    }

    @Test func sealedBytesOpenWithTheSameKeyAndAssociatedBytes() throws {
        let cipher = try AuthenticatedCipher(key: key)
        for count in [0, 1, 10_000] {
            let message = RandomBytes.generate(count: count)
            for associated in [[], [1, 2, 3]] as [[UInt8]] {
                let sealed = cipher.seal(message, associated: associated)

                #expect(sealed.count == count + AuthenticatedCipher.overheadBytes)
                #expect(try cipher.open(sealed, associated: associated) == message)
                #expect(throws: cannotBeOpened) {
                    try cipher.open(sealed, associated: associated + [0])
                }
            }
        }
    }

    @Test func secretsTravelFromGuardedMemoryToGuardedMemory() throws {
        let cipher = try AuthenticatedCipher(key: key)
        let secret = SecretBytes.random(count: 32)
        let sealed = cipher.seal(secret, associated: [1])

        #expect(try cipher.openSecret(sealed, associated: [1]) == secret)
        #expect(throws: cannotBeOpened) { try cipher.openSecret(sealed, associated: [2]) }
    }

    @Test func sameMessageIsNeverSealedTheSameWay() throws {
        let cipher = try AuthenticatedCipher(key: key)
        #expect(cipher.seal([1], associated: []) != cipher.seal([1], associated: []))
    }

    @Test func alteredOrCutBytesDoNotOpen() throws {
        let cipher = try AuthenticatedCipher(key: key)
        let sealed = cipher.seal([1, 2, 3], associated: [4])
        for bit in 0..<(sealed.count * 8) {
            var altered = sealed
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: cannotBeOpened) { try cipher.open(altered, associated: [4]) }
        }
        for count in 0..<sealed.count {
            let cut = Array(sealed.prefix(count))
            #expect(throws: cannotBeOpened) { try cipher.open(cut, associated: [4]) }
        }
        let other = try AuthenticatedCipher(key: SecretBytes.random(count: 32))
        #expect(throws: cannotBeOpened) { try other.open(sealed, associated: [4]) }
    }

    @Test func keyOfWrongLengthIsRefused() {
        #expect(throws: CryptographyError.self) {
            try AuthenticatedCipher(key: SecretBytes.random(count: 16))
        }
    }

    private var cannotBeOpened: CryptographyError {
        CryptographyError(.cannotBeOpened, subject: "encrypted text")
    }
}
