import Testing

@testable import Cryptography

@Suite struct CryptographyErrorTests {
    @Test func textsAreSentences() {
        let reasons: [(CryptographyError.Reason, String)] = [
            (
                .wrongLength(allowed: 32...32, actual: 31),
                "The seed must have 32 bytes, but has 31."
            ),
            (
                .wrongLength(allowed: 1...1_024, actual: 0),
                "The seed must have 1 to 1024 bytes, but has 0."
            ),
            (.cannotBeOpened, "The seed was altered, or belongs to another key."),
            (.unusableKey, "The seed is not a usable key."),
            (.costOutOfBounds, "The cost of the seed is outside the permitted range."),
            (.memoryUnavailable, "There was not enough memory to derive the seed."),
        ]
        for (reason, text) in reasons {
            #expect(CryptographyError(reason, subject: "seed").description == text)
        }
    }

    @Test func tokenTextsAreSentences() {
        let reasons: [(PasetoError.Reason, String)] = [
            (.tooLong, "The token is longer than 8192 characters."),
            (.wrongHeader, "The text is not a token of the kind v4.public."),
            (.malformed, "The token is incomplete or damaged."),
            (.wrongFooter, "The token's footer is not the expected one."),
            (.wrongSignature, "The token was altered or signed with another key."),
        ]
        for (reason, text) in reasons {
            #expect(PasetoError(reason).description == text)
        }
    }
}
