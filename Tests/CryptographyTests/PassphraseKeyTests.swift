import Testing

@testable import Cryptography

@Suite struct PassphraseKeyTests {
    let passphrase = SecretBytes(Array("correct horse battery staple".utf8))
    let salt = (0..<16).map { UInt8($0) }

    @Test func keyDependsOnPassphraseSaltAndCost() throws {
        let cheap = try PassphraseCost(operations: 1, memoryBytes: 8_192)
        let dearer = try PassphraseCost(operations: 2, memoryBytes: 8_192)
        let larger = try PassphraseCost(operations: 1, memoryBytes: 16_384)
        let other = SecretBytes(Array("correct horse battery stapler".utf8))
        let key = try PassphraseKey(passphrase: passphrase, salt: salt, cost: cheap).key

        #expect(try PassphraseKey(passphrase: passphrase, salt: salt, cost: cheap).key == key)
        #expect(try PassphraseKey(passphrase: passphrase, salt: salt, cost: dearer).key != key)
        #expect(try PassphraseKey(passphrase: passphrase, salt: salt, cost: larger).key != key)
        #expect(try PassphraseKey(passphrase: other, salt: salt, cost: cheap).key != key)
        #expect(
            try PassphraseKey(passphrase: passphrase, salt: salt.reversed(), cost: cheap).key
                != key)
    }

    /// Computed with another library; stored key files depend on it.
    @Test func interactiveKeyStaysTheSame() throws {
        let key = try PassphraseKey(passphrase: passphrase, salt: salt, cost: .interactive).key

        #expect(
            key.withBytes { Hexadecimal.encode(Array($0)) }
                == "c05ce4c4dd7e0e45ee6011cc59d068ade47df1b01fc0cf9cd4678bdf68a5b7b0")
    }

    @Test func wrongPassphraseDoesNotOpen() throws {
        let cost = try PassphraseCost(operations: 1, memoryBytes: 8_192)
        let right = AuthenticatedCipher(
            try PassphraseKey(passphrase: passphrase, salt: salt, cost: cost))
        let wrong = AuthenticatedCipher(
            try PassphraseKey(passphrase: SecretBytes([1]), salt: salt, cost: cost))
        let sealed = right.seal([1, 2, 3], associated: [])

        #expect(try right.open(sealed, associated: []) == [1, 2, 3])
        #expect(throws: CryptographyError.self) { try wrong.open(sealed, associated: []) }
    }

    @Test func costOutsideOfTheBoundsIsRefused() {
        let expected = CryptographyError(.costOutOfBounds, subject: "passphrase key")
        for (operations, memoryBytes) in [
            (0, 8_192), (-1, 8_192), (17, 8_192), (1, 8_191), (1, 1_073_741_825), (1, Int.max),
        ] {
            #expect(throws: expected) {
                try PassphraseCost(operations: operations, memoryBytes: memoryBytes)
            }
        }
    }

    @Test func namedCostsHaveTheStatedParameters() throws {
        #expect(
            PassphraseCost.interactive
                == (try PassphraseCost(operations: 2, memoryBytes: 64 << 20)))
        #expect(
            PassphraseCost.moderate
                == (try PassphraseCost(operations: 3, memoryBytes: 256 << 20)))
    }

    @Test func passphraseAndSaltOfWrongLengthAreRefused() throws {
        let cost = try PassphraseCost(operations: 1, memoryBytes: 8_192)
        for count in [0, 1_025] {
            #expect(throws: CryptographyError.self) {
                try PassphraseKey(
                    passphrase: SecretBytes.random(count: count), salt: salt, cost: cost)
            }
        }
        for count in [0, 15, 17] {
            #expect(throws: CryptographyError.self) {
                try PassphraseKey(
                    passphrase: passphrase, salt: RandomBytes.generate(count: count), cost: cost)
            }
        }
        #expect(PassphraseKey.newSalt().count == 16)
    }
}
