import Testing

@testable import Cryptography

@Suite struct SealedBoxTests {
    let key = SealingKey()

    @Test func boxOpensForItsRecipientOnly() throws {
        for count in [0, 1, 1_000] {
            let message = RandomBytes.generate(count: count)
            let box = try SealedBox.seal(message, to: key.publicKey)

            #expect(box.count == count + SealedBox.overheadBytes)
            #expect(try SealedBox.open(box, with: key) == message)
            #expect(throws: cannotBeOpened) { try SealedBox.open(box, with: SealingKey()) }
        }
    }

    @Test func boxesOfTheSameMessageDiffer() throws {
        let first = try SealedBox.seal([1], to: key.publicKey)
        #expect(try SealedBox.seal([1], to: key.publicKey) != first)
    }

    @Test func alteredOrCutBoxDoesNotOpen() throws {
        let box = try SealedBox.seal([1, 2, 3], to: key.publicKey)
        // The highest bit of an X25519 key (byte 31) is ignored by the curve, but not by the
        // nonce, which is a hash of the keys.
        for bit in 0..<(box.count * 8) {
            var altered = box
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: cannotBeOpened) { try SealedBox.open(altered, with: key) }
        }
        for count in 0..<box.count {
            #expect(throws: cannotBeOpened) {
                try SealedBox.open(Array(box.prefix(count)), with: key)
            }
        }
    }

    @Test func signingKeyOpensWhatWasSealedToItsPublicKey() throws {
        let signingKey = SigningKey()
        let recipient = try #require(SealingPublicKey(signingKey.publicKey))
        let derived = SealingKey(signingKey)

        #expect(derived.publicKey == recipient)
        #expect(try SealedBox.open(SealedBox.seal([7], to: recipient), with: derived) == [7])
    }

    @Test func storedSecretGivesTheSameKeyAgain() throws {
        let again = try SealingKey(secret: key.secret)

        #expect(again.publicKey == key.publicKey)
        #expect(throws: CryptographyError.self) {
            try SealingKey(secret: SecretBytes.random(count: 31))
        }
        #expect(SealingPublicKey(bytes: Array(key.publicKey.bytes.dropLast())) == nil)
        #expect(SealingPublicKey(bytes: key.publicKey.bytes) == key.publicKey)
    }

    /// RFC 7748, section 6.1: Alice's key pair.
    @Test func publicHalfAgreesWithTheStandard() throws {
        let secret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
        let key = try SealingKey(
            secret: SecretBytes(try #require(Hexadecimal.decode(secret))))

        #expect(
            key.publicKey.description
                == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    }

    /// The secret is the first half of SHA-512 of the seed, computed with another library.
    @Test func derivedKeyIsTheKnownOne() throws {
        let signingKey = try SigningKey(seed: SecretBytes((0..<32).map { UInt8($0) }))

        #expect(
            SealingKey(signingKey).publicKey.description
                == "4701d08488451f545a409fb58ae3e58581ca40ac3f7f114698cd71deac73ca01")
    }

    @Test func weakRecipientIsRefused() throws {
        let zero = try #require(SealingPublicKey(bytes: [UInt8](repeating: 0, count: 32)))
        #expect(throws: CryptographyError(.unusableKey, subject: "recipient's sealing key")) {
            try SealedBox.seal([1], to: zero)
        }
    }

    private var cannotBeOpened: CryptographyError {
        CryptographyError(.cannotBeOpened, subject: "sealed box")
    }
}
