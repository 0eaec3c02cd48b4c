import Synchronization

/// Keeps the bytes of all request bodies that are in memory at once below a bound, so that many
/// large uploads cannot take the hub's memory.
///
/// Bytes count when they have come: who only announces a large body takes nothing from the others.
final class BodyBudget: Sendable {
    /// Four requests of the largest size, or thousands of ordinary ones.
    static let bytesMaxDefault = 64 * 1024 * 1024

    private let bytesMax: Int
    private let used = Mutex(0)

    init(bytesMax: Int = BodyBudget.bytesMaxDefault) {
        self.bytesMax = bytesMax
    }

    /// Throws if so many bytes would not find room now; sets nothing aside.
    func requireRoom(for count: Int) throws {
        guard used.withLock({ $0 + count <= bytesMax }) else { throw Self.busy }
    }

    /// Sets bytes aside, until they are given back.
    func take(_ count: Int) throws {
        let isGranted = used.withLock { used in
            guard used + count <= bytesMax else { return false }
            used += count
            return true
        }
        guard isGranted else { throw Self.busy }
    }

    func giveBack(_ count: Int) {
        used.withLock { $0 -= count }
    }

    private static let busy = HubError(
        .busy, "The hub has many large requests at the moment.",
        hint: "Try again in a few seconds.")
}
