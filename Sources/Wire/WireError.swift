import Model

/// Why bytes from elsewhere were not accepted. Names sizes, counts and ids, never content.
package struct WireError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The bytes end too early.
        case truncated
        /// The bytes do not have the form that the protocol prescribes.
        case malformed
        /// More bytes than ``Limits`` allow.
        case tooLarge
        /// More things than ``Limits`` allow.
        case tooMany
        /// A compressed section holds more, or less, than it states.
        case inflatesTooFar
        case badSignature
        /// Bytes do not have the hash that a signed message names.
        case badHash
        /// Meant for another programme.
        case wrongProgramme
        /// Signed by a device other than the one it names, or meant for another one.
        case wrongDevice
        /// Answers another request.
        case wrongNonce
        /// Made by a version of the protocol that this one cannot read.
        case unsupportedVersion(UInt32)
        /// A batch does not follow the one that it should follow.
        case chainBroken
    }

    package let reason: Reason
    /// Which part of which message; for people who look for the cause.
    package let detail: String

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// Translates a failure of the byte reader.
    init(_ failure: DecodingFailure, in subject: String) {
        switch failure {
        case .truncated: self.init(.truncated, "The \(subject) ends too early.")
        case .trailingBytes: self.init(.malformed, "Bytes follow the \(subject).")
        case .numberTooLarge: self.init(.malformed, "A number in the \(subject) is too large.")
        case .notCanonical:
            self.init(.malformed, "A number in the \(subject) is not in its shortest form.")
        case .notUTF8: self.init(.malformed, "A text in the \(subject) is not UTF-8.")
        case .tooDeep: self.init(.tooMany, "The lists in the \(subject) are nested too deep.")
        case .unknownTag(let tag):
            self.init(.malformed, "The \(subject) holds a value of the unknown kind \(tag).")
        }
    }
}

extension WireError: CustomStringConvertible {
    package var description: String { detail }
}
