import Model

/// How long to wait before the next attempt: longer each time, and each device a little differently,
/// so that the laptops of a hub that comes back do not all ask it in one moment.
struct WatchPause: Equatable, Sendable {
    static let first = Duration.seconds(1)
    static let longest = Duration.seconds(30)

    private let device: DeviceID
    private(set) var attemptCount = 0

    init(device: DeviceID) { self.device = device }

    /// Begins anew after a success.
    mutating func reset() { attemptCount = 0 }

    /// The next pause; at least as long as `least`.
    mutating func next(atLeast least: Duration = .zero) -> Duration {
        let doubled = Self.first * (1 << min(attemptCount, 10))
        attemptCount += 1
        return max(least, min(doubled, Self.longest)) * (0.5 + share)
    }

    /// Between 0 and 1, another for each device and attempt.
    private var share: Double {
        // The finaliser of SplitMix64.
        var mixed = device.rawValue &+ UInt64(attemptCount) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}
