/// Why a text is not a valid token. Never carries the token itself: with its bearer secret beside
/// it, it would be as good as a key.
package struct PasetoError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The text is longer than `PasetoV4Public.textBytesMax`.
        case tooLong
        /// The text does not start with `v4.public.`: another version, purpose or thing.
        case wrongHeader
        /// A part is missing, superfluous, too short or not canonical base64url.
        case malformed
        /// The footer is not the expected one.
        case wrongFooter
        /// The signature does not match: altered, or signed by another key.
        case wrongSignature
    }

    package let reason: Reason

    init(_ reason: Reason) {
        self.reason = reason
    }
}

extension PasetoError: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .tooLong: "The token is longer than \(PasetoV4Public.textBytesMax) characters."
        case .wrongHeader: "The text is not a token of the kind v4.public."
        case .malformed: "The token is incomplete or damaged."
        case .wrongFooter: "The token's footer is not the expected one."
        case .wrongSignature: "The token was altered or signed with another key."
        }
    }
}
