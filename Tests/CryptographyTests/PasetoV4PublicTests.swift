import Testing

@testable import Cryptography

@Suite struct PasetoV4PublicTests {
    let key = SigningKey()
    let payload = Array(#"{"jti":"7f3a"}"#.utf8)

    @Test(arguments: try TokenVectors.load().paseto)
    func tokenIsTheOneInTheStandard(_ vector: TokenVectors.Accepted) throws {
        let seed = SecretBytes(try #require(Hexadecimal.decode(vector.secretSeed)))
        let key = try SigningKey(seed: seed)
        let payload = Array(vector.payload.utf8)
        let footer = Array(vector.footer.utf8)
        let implicit = Array(vector.implicit.utf8)

        let token = PasetoV4Public.sign(
            payload: payload, footer: footer, implicit: implicit, key: key)

        #expect(key.publicKey.description == vector.publicKey)
        #expect(token == vector.token)
        #expect(
            try PasetoV4Public.verify(
                vector.token, footer: footer, implicit: implicit, key: key.publicKey) == payload)
        let read = try PasetoV4Public.decodeUnverified(vector.token)
        #expect(read.payload == payload)
        #expect(read.footer == footer)
    }

    @Test(arguments: try TokenVectors.load().pasetoRefused)
    func refusedTokenIsRefusedForItsReason(_ vector: TokenVectors.Refused) throws {
        let keyBytes = try #require(Hexadecimal.decode(vector.publicKey))
        let key = try #require(PublicKey(bytes: keyBytes))
        let error = #expect(throws: PasetoError.self) {
            try PasetoV4Public.verify(
                vector.token, footer: Array(vector.footer.utf8),
                implicit: Array(vector.implicit.utf8), key: key)
        }

        #expect(error.map { "\($0.reason)" } == vector.reason)
    }

    /// The examples of the standard's text.
    @Test func preAuthenticationEncodingAgreesWithTheStandard() {
        let encode = { Hexadecimal.encode(PasetoV4Public.preAuthenticationEncoding($0)) }

        #expect(encode([]) == "0000000000000000")
        #expect(encode([[]]) == "01000000000000000000000000000000")
        #expect(encode([Array("test".utf8)]) == "0100000000000000040000000000000074657374")
    }

    @Test func everyAlteredBitIsNoticed() {
        let token = Array(PasetoV4Public.sign(payload: payload, footer: [1, 2], key: key).utf8)
        for bit in 0..<(token.count * 8) {
            var altered = token
            altered[bit / 8] ^= 1 << (bit % 8)
            let text = String(decoding: altered, as: UTF8.self)
            #expect(throws: PasetoError.self) {
                try PasetoV4Public.verify(text, footer: [1, 2], key: key.publicKey)
            }
        }
    }

    @Test func everyTruncationIsNoticed() {
        let token = PasetoV4Public.sign(payload: payload, footer: [1, 2], key: key)
        for count in 0..<token.count {
            for text in [String(token.prefix(count)), String(token.suffix(count))] {
                #expect(throws: PasetoError.self) {
                    try PasetoV4Public.verify(text, footer: [1, 2], key: key.publicKey)
                }
            }
        }
    }

    @Test func tokenOfAnotherKeyIsRefused() {
        let token = PasetoV4Public.sign(payload: payload, key: key)
        #expect(throws: PasetoError(.wrongSignature)) {
            try PasetoV4Public.verify(token, key: SigningKey().publicKey)
        }
    }

    @Test func unverifiedReadingAcceptsAnySignature() throws {
        let token = PasetoV4Public.sign(payload: payload, footer: [7], key: key)
        let read = try PasetoV4Public.decodeUnverified(token)

        #expect(read.payload == payload)
        #expect(read.footer == [7])
        #expect(throws: PasetoError(.malformed)) {
            try PasetoV4Public.decodeUnverified("v4.public.AAAA")
        }
    }

    @Test func sizesAreJudgedExactly() throws {
        for footerBytes in [0, 1, 2, 3, 100] {
            let payloadBytes = try #require(
                (5_000..<8_192).last {
                    PasetoV4Public.fits(payloadBytes: $0, footerBytes: footerBytes)
                })
            let payload = [UInt8](repeating: 0x20, count: payloadBytes)
            let footer = [UInt8](repeating: 0x20, count: footerBytes)
            let token = PasetoV4Public.sign(payload: payload, footer: footer, key: key)

            #expect((8_190...8_192).contains(token.utf8.count))
            #expect(
                try PasetoV4Public.verify(token, footer: footer, key: key.publicKey) == payload)
        }
        #expect(!PasetoV4Public.fits(payloadBytes: Int.max))
        #expect(!PasetoV4Public.fits(payloadBytes: 0, footerBytes: Int.max))
        #expect(throws: PasetoError(.tooLong)) {
            try PasetoV4Public.decodeUnverified(String(repeating: "v", count: 8_193))
        }
    }

    @Test func oversizedTokenIsABug() async {
        await #expect(processExitsWith: .failure) {
            _ = PasetoV4Public.sign(
                payload: [UInt8](repeating: 0, count: 8_000), key: SigningKey())
        }
    }

    @Test func emptyPayloadIsAToken() throws {
        let token = PasetoV4Public.sign(payload: [], key: key)
        #expect(try PasetoV4Public.verify(token, key: key.publicKey) == [])
    }
}
