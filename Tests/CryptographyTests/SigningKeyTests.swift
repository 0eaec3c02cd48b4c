import Testing

@testable import Cryptography

@Suite struct SigningKeyTests {
    let domain = SignatureDomain("waymark example v1")

    @Test(arguments: try CryptographyVectors.load().signatures)
    func signatureIsTheOneInTheVectors(_ vector: CryptographyVectors.Signature) throws {
        let seed = SecretBytes(try #require(Hexadecimal.decode(vector.secretSeed)))
        let key = try SigningKey(seed: seed)
        let message = try #require(Hexadecimal.decode(vector.message))
        let domain = SignatureDomain(vector.domain)

        let signature = key.sign(message, domain: domain)

        #expect(key.publicKey.description == vector.publicKey)
        #expect(signature.description == vector.signature)
        #expect(key.publicKey.isValid(signature, for: message, domain: domain))
    }

    /// RFC 8032, section 7.1, tests 1 and 2.
    @Test func rawSignaturesAgreeWithTheStandard() throws {
        let vectors: [(seed: String, message: [UInt8], signature: String)] = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", [],
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                    + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", [0x72],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ]
        for vector in vectors {
            let key = try SigningKey(
                seed: SecretBytes(try #require(Hexadecimal.decode(vector.seed))))
            let signature = key.signRaw(vector.message)

            #expect(signature.description == vector.signature)
            #expect(key.publicKey.isValidRaw(signature, for: vector.message))
        }
    }

    @Test func anyChangedBitMakesASignatureInvalid() throws {
        let key = SigningKey()
        let message: [UInt8] = [1, 2, 3]
        let signature = key.sign(message, domain: domain)
        for bit in 0..<(64 * 8) {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            let altered = try #require(Signature(bytes: bytes))
            #expect(!key.publicKey.isValid(altered, for: message, domain: domain))
        }
        for bit in 0..<(3 * 8) {
            var altered = message
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.publicKey.isValid(signature, for: altered, domain: domain))
        }
    }

    @Test func signatureCountsForItsDomainAndKeyOnly() {
        let key = SigningKey()
        let signature = key.sign([1], domain: domain)

        #expect(!key.publicKey.isValid(signature, for: [1], domain: SignatureDomain("waymark")))
        #expect(!SigningKey().publicKey.isValid(signature, for: [1], domain: domain))
        #expect(!key.publicKey.isValidRaw(signature, for: [1]))
    }

    @Test func storedSeedGivesTheSameKeyAgain() throws {
        let key = SigningKey()
        let again = try SigningKey(seed: key.seed)

        #expect(again.publicKey == key.publicKey)
        #expect(again.seed == key.seed)
        #expect(SigningKey().publicKey != key.publicKey)
    }

    @Test func seedOfWrongLengthIsRefused() {
        for count in [0, 31, 33, 64] {
            let expected = CryptographyError(
                .wrongLength(allowed: 32...32, actual: count), subject: "signing seed")
            #expect(throws: expected) { try SigningKey(seed: SecretBytes.random(count: count)) }
        }
    }

    @Test func keysAndSignaturesHaveExactlyTheirLength() {
        for count in [0, 31, 33] {
            #expect(PublicKey(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
        for count in [0, 63, 65] {
            #expect(Signature(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }

    @Test func weakPublicKeyVerifiesNothing() throws {
        // The neutral element: under it, naive code would accept a forged signature of anything.
        let neutral: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        let key = try #require(PublicKey(bytes: neutral))
        let forged = try #require(Signature(bytes: neutral + [UInt8](repeating: 0, count: 32)))

        #expect(!key.isValid(forged, for: [1], domain: domain))
        #expect(SealingPublicKey(key) == nil)
    }

    @Test func printingAKeyShowsNoSecret() throws {
        let key = SigningKey()
        let seed = key.seed.withBytes { Hexadecimal.encode(Array($0)) }
        let array = key.seed.withBytes { "\(Array($0))" }
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains(seed))
            #expect(!text.contains(array.dropFirst().dropLast()))
            #expect(text.contains("secret"))
        }
    }
}
