import Testing

@testable import Cryptography

@Suite struct Base64URLTests {
    /// RFC 4648, section 10, without padding.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
        ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ])
    func textAgreesWithTheStandard(_ plain: String, _ encoded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test func alphabetIsTheOneForURLs() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xBF]) == "-_-_")
        #expect(Base64URL.decode("-_-_") == [0xFB, 0xFF, 0xBF])
    }

    @Test func bytesOfEveryLengthComeBack() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + count) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    /// Every text of one or two ASCII characters is either canonical or refused.
    @Test func noTwoTextsMeanTheSameBytes() {
        let characters = (0...127).map { String(UnicodeScalar(UInt8($0))) }
        var texts = characters
        for first in characters { texts += characters.map { first + $0 } }
        for text in texts {
            guard let bytes = Base64URL.decode(text) else { continue }
            #expect(Base64URL.encode(bytes) == text)
        }
    }

    @Test(arguments: [
        "Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm 9v", "+/+/", "Zm9v.",
        "Zm9vé", "Zm9\u{0}", "====",
    ])
    func anythingElseIsRefused(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
