/// Says whether and when a request is sent once more.
///
/// Every request to the hub may be sent twice: what it knows already it answers again. So a lost
/// connection is tried again, a few times and soon: a person waits.
struct RetryPolicy: Sendable {
    /// How a request ended that may go better the next time.
    enum Setback: Sendable {
        /// No connection, or it broke.
        case connection
        /// The hub is there and asks for patience.
        case busy
    }

    static let attemptsMax = 3

    private(set) var attemptCount = 0

    /// Notes an attempt that failed and returns how long to wait before the next one; nil if there
    /// is to be none.
    mutating func delay(after setback: Setback) -> Duration? {
        attemptCount += 1
        guard attemptCount < Self.attemptsMax else { return nil }
        switch setback {
        case .connection: return .milliseconds(250 * attemptCount * attemptCount)
        case .busy: return .seconds(attemptCount)
        }
    }
}
