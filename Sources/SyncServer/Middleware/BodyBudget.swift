import Synchronization

/// Keeps the bytes of all request bodies that are in memory at once below a bound, so that many
/// large uploads cannot take the hub's memory, and those of one address below half of it, so that
/// they cannot shut out everybody else.
///
/// Bytes count when they have come: who only announces a large body takes nothing from the others.
final class BodyBudget: Sendable {
    /// Four requests of the largest size, or thousands of ordinary ones.
    static let bytesMaxDefault = 64 * 1024 * 1024

    private struct Use {
        var total = 0
        var byOrigin: [Origin: Int] = [:]
    }

    private let bytesMax: Int
    private let bytesOfOriginMax: Int
    private let use = Mutex(Use())

    init(bytesMax: Int = BodyBudget.bytesMaxDefault) {
        self.bytesMax = bytesMax
        bytesOfOriginMax = bytesMax / 2
    }

    /// Throws if so many bytes would not find room now; sets nothing aside.
    func requireRoom(for count: Int, of origin: Origin? = nil) throws {
        guard use.withLock({ hasRoom(for: count, of: origin, in: $0) }) else { throw Self.busy }
    }

    /// Sets bytes aside, until they are given back.
    func take(_ count: Int, of origin: Origin) throws {
        let isGranted = use.withLock { use in
            guard hasRoom(for: count, of: origin, in: use) else { return false }
            use.total += count
            use.byOrigin[origin, default: 0] += count
            return true
        }
        guard isGranted else { throw Self.busy }
    }

    func giveBack(_ count: Int, of origin: Origin) {
        use.withLock { use in
            use.total -= count
            let rest = use.byOrigin[origin, default: 0] - count
            use.byOrigin[origin] = rest > 0 ? rest : nil
        }
    }

    private func hasRoom(for count: Int, of origin: Origin?, in use: Use) -> Bool {
        guard use.total + count <= bytesMax else { return false }
        return origin.map { use.byOrigin[$0, default: 0] + count <= bytesOfOriginMax } ?? true
    }

    private static let busy = HubError(
        .busy, "The hub has many large requests at the moment.",
        hint: "Try again in a few seconds.")
}
