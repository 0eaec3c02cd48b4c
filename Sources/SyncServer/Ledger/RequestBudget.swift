/// How much of a request the hub takes in at once. All requests share one writer, so a device that
/// sends much is asked to come again, and others get their turn in between.
///
/// What is not taken gets no receipt; the device sends it with its next request.
struct RequestBudget {
    /// In the work of one change. Twice what a client puts into a request, so that what it sends in
    /// good faith is not sent twice.
    private static let total = 40_000
    /// A batch has a signature and a place in the order of its own.
    private static let batchCost = 100
    /// A request for a seat or an act gets a verdict.
    private static let rulingCost = 50

    private var left = total

    var isSpent: Bool { left <= 0 }

    /// Notes a batch that the hub has, or refused whole.
    mutating func noteBatch() { left -= Self.batchCost }

    /// Notes what was decided on.
    mutating func note(changeCount: Int, rulingCount: Int) {
        left -= changeCount + Self.rulingCost * rulingCount
    }
}
