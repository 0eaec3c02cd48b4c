/// Why an invitation is not accepted. Never carries the token: with its secret beside it, it would
/// be as good as a key.
package struct InvitationError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// Cut, altered, or no invitation at all.
        case damaged
        /// Signed by somebody other than the issuer it names, or the hub did not vouch for them.
        case badSignature
        /// The programme it names is not that of the hub it names.
        case wrongProgramme
        /// Its issuer may invite nobody, or not for this member or under this id.
        case unentitledIssuer
        /// It gives a role that its issuer may not give.
        case roleRaised
        case notYetValid
        case expired
        /// The part after the `~` is missing.
        case secretMissing
        /// The part after the `~` belongs to another invitation.
        case secretWrong
        /// The texts in it are too long for a token; only when making one.
        case tooLong
    }

    package let reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }
}

extension InvitationError: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .damaged: "The invitation is incomplete or damaged."
        case .badSignature: "The invitation was altered, or was not made by whom it names."
        case .wrongProgramme: "The invitation names a programme that is not its hub's."
        case .unentitledIssuer: "The invitation's issuer may not invite."
        case .roleRaised: "The invitation gives a role that its issuer may not give."
        case .notYetValid: "The invitation is not valid yet."
        case .expired: "The invitation has expired."
        case .secretMissing: "The invitation lacks the part after the ~."
        case .secretWrong:
            "The part of the invitation after the ~ is cut short, or belongs to another one."
        case .tooLong: "The texts of the invitation are too long."
        }
    }
}
