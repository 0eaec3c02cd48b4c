/// Why the hub refused a change set, as a stable number on the wire and a stable word in JSON. A
/// number from a later version is kept and shown as "refused".
package struct RefusalReason: Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The author may not do this to this record.
    package static let notAllowed = RefusalReason(rawValue: 1)
    /// The change does not fit its field: wrong operation, wrong type, out of bounds.
    package static let malformed = RefusalReason(rawValue: 2)
    /// The record does not exist in this scope, or its creation was refused.
    package static let missingRecord = RefusalReason(rawValue: 3)
    /// A fact was written a second time.
    package static let factRewritten = RefusalReason(rawValue: 4)
    /// The author's device is not valid (any more).
    package static let deviceRevoked = RefusalReason(rawValue: 5)
    /// The author is suspended.
    package static let memberSuspended = RefusalReason(rawValue: 6)
    /// The record cannot lie in this scope, or the author does not read it.
    package static let wrongScope = RefusalReason(rawValue: 7)
    /// The mentor asked to review the task before it is done.
    package static let reviewRequired = RefusalReason(rawValue: 8)
    /// The slot has bookings; they are cancelled first.
    package static let slotHasBookings = RefusalReason(rawValue: 9)
    /// Feedback needs a completed booking.
    package static let notCompleted = RefusalReason(rawValue: 10)
    /// An admin who cancels gives a reason.
    package static let reasonNeeded = RefusalReason(rawValue: 11)
    /// The set has as many elements as one may have.
    package static let tooManyElements = RefusalReason(rawValue: 12)
    /// The record was erased, and the author had not heard of it.
    package static let erased = RefusalReason(rawValue: 13)
    /// It edits a text that held words which were not accepted.
    package static let missingText = RefusalReason(rawValue: 14)
    /// The text, or all that was ever written into it, is too long.
    package static let textTooLong = RefusalReason(rawValue: 15)

    /// The stable word in JSON.
    package var code: String { known?.code ?? "refused" }

    /// One sentence for people.
    package var sentence: String { known?.sentence ?? "The hub refused it." }

    private var known: (code: String, sentence: String)? {
        switch self {
        case .notAllowed: ("notAllowed", "Your role does not allow this change.")
        case .malformed: ("malformed", "The change does not fit its field.")
        case .missingRecord: ("missingRecord", "The record it belongs to was not accepted.")
        case .factRewritten: ("factRewritten", "This was already said and cannot be rewritten.")
        case .deviceRevoked: ("deviceRevoked", "The device it was written on is revoked.")
        case .memberSuspended: ("memberSuspended", "The membership is suspended.")
        case .wrongScope: ("wrongScope", "You cannot read the place it was written to (any more).")
        case .reviewRequired: ("reviewRequired", "The mentor asked to review this task first.")
        case .slotHasBookings: ("slotHasBookings", "The slot has bookings.")
        case .notCompleted: ("notCompleted", "Feedback needs a completed booking.")
        case .tooManyElements: ("tooManyElements", "It has too many tags already.")
        case .reasonNeeded: ("reasonNeeded", "Cancelling for others needs a reason.")
        case .erased: ("erased", "The record was erased meanwhile.")
        case .missingText:
            ("missingText", "It edits a text that held words which were not accepted.")
        case .textTooLong: ("textTooLong", "The text has become too long.")
        default: nil
        }
    }
}
