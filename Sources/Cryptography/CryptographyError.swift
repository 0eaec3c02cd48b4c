/// What went wrong in a cryptographic operation. Carries names and sizes, never bytes of keys,
/// messages or secrets.
package struct CryptographyError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// A key, seed, salt or passphrase has a length outside of what is allowed.
        case wrongLength(allowed: ClosedRange<Int>, actual: Int)
        /// Sealed bytes were altered or cut, or are meant for another key. Which of these it was
        /// cannot be told.
        case cannotBeOpened
        /// The bytes have the right length but no secure key has that value.
        case unusableKey
        /// Parameters of the passphrase function lie outside of `PassphraseCost`'s bounds.
        case costOutOfBounds
        /// The passphrase function could not get the memory that its parameters ask for.
        case memoryUnavailable
    }

    package let reason: Reason
    /// What the failure is about, as words that fit after "the", such as "signing seed".
    package let subject: String

    init(_ reason: Reason, subject: String) {
        self.reason = reason
        self.subject = subject
    }

    /// A recipient's signing key that cannot be turned into one that boxes are sealed to.
    package static var unusableRecipient: CryptographyError {
        CryptographyError(.unusableKey, subject: "recipient's key")
    }

    /// Throws unless `count` lies within `allowed`.
    static func requireLength(
        _ count: Int, in allowed: ClosedRange<Int>, of subject: String
    ) throws(CryptographyError) {
        guard allowed.contains(count) else {
            throw CryptographyError(.wrongLength(allowed: allowed, actual: count), subject: subject)
        }
    }
}

extension CryptographyError: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .wrongLength(let allowed, let actual) where allowed.count == 1:
            "The \(subject) must have \(allowed.lowerBound) bytes, but has \(actual)."
        case .wrongLength(let allowed, let actual):
            "The \(subject) must have \(allowed.lowerBound) to \(allowed.upperBound) bytes, "
                + "but has \(actual)."
        case .cannotBeOpened:
            "The \(subject) was altered, or belongs to another key."
        case .unusableKey:
            "The \(subject) is not a usable key."
        case .costOutOfBounds:
            "The cost of the \(subject) is outside the permitted range."
        case .memoryUnavailable:
            "There was not enough memory to derive the \(subject)."
        }
    }
}
