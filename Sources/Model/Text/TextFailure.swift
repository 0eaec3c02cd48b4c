/// Why an edit of a text, or a whole history, does not hold.
package enum TextFailure: Error, Equatable, Sendable {
    /// It acts on a place that the text did not have when the edit was made.
    case outOfBounds
    /// It has no events, or is a parent of itself, or its numbers do not fit.
    case malformed
    /// More has been done to the text than ``Limits/textEventsMax`` allows.
    case tooLong
    /// A version is asked for that has not come yet.
    case unknownVersion
}
