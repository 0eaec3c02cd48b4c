import Synchronization

/// Keeps the bytes of all request bodies that are in memory at once below a bound, so that many
/// large uploads cannot take the hub's memory.
final class BodyBudget: Sendable {
    /// Four requests of the largest size, or thousands of ordinary ones.
    static let bytesMaxDefault = 64 * 1024 * 1024

    private let bytesMax: Int
    private let used = Mutex(0)

    init(bytesMax: Int = BodyBudget.bytesMaxDefault) {
        self.bytesMax = bytesMax
    }

    /// Runs the body with `count` bytes set aside for it.
    func withBytes<Result>(
        _ count: Int, _ body: () async throws -> Result
    ) async throws -> Result {
        let isGranted = used.withLock { used in
            guard used + count <= bytesMax else { return false }
            used += count
            return true
        }
        guard isGranted else {
            throw HubError(
                .busy, "The hub has many large requests at the moment.",
                hint: "Try again in a few seconds.")
        }
        defer { used.withLock { $0 -= count } }
        return try await body()
    }
}
