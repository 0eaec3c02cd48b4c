import Synchronization

/// Slows down addresses from which one failed attempt after the other comes.
///
/// A fixed number of failures is free per window; then every request from the address is turned
/// away until the window ends. Memory is bounded: when the table is full of running windows, the
/// one that ends first makes room.
final class FailureLimiter: Sendable {
    struct Configuration: Sendable {
        var failuresMax = 60
        var windowSeconds: Int64 = 60
        var addressesMax = 4096
    }

    private struct Window {
        var failureCount: Int
        let endsAt: Int64
    }

    private let configuration: Configuration
    private let windows = Mutex<[Origin: Window]>([:])

    init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Whether requests from the address are turned away now.
    func isBlocked(_ origin: Origin, nowSeconds: Int64) -> Bool {
        windows.withLock { windows in
            guard let window = windows[origin], window.endsAt > nowSeconds else { return false }
            return window.failureCount >= configuration.failuresMax
        }
    }

    func recordFailure(of origin: Origin, nowSeconds: Int64) {
        windows.withLock { windows in
            if let window = windows[origin], window.endsAt > nowSeconds {
                windows[origin]?.failureCount += 1
                return
            }
            if windows.count >= configuration.addressesMax, windows[origin] == nil {
                Self.makeRoom(in: &windows, nowSeconds: nowSeconds)
            }
            windows[origin] = Window(
                failureCount: 1, endsAt: nowSeconds + configuration.windowSeconds)
        }
    }

    var addressCount: Int { windows.withLock { $0.count } }

    private static func makeRoom(in windows: inout [Origin: Window], nowSeconds: Int64) {
        windows = windows.filter { $0.value.endsAt > nowSeconds }
        guard let first = windows.min(by: { $0.value.endsAt < $1.value.endsAt }) else { return }
        windows[first.key] = nil
    }
}
