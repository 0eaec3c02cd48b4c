import Model

/// When a listener gets what: a pure value, in milliseconds of a clock that counts evenly.
///
/// What concerns a member alone goes out at once, and again no sooner than half a second later. What
/// all members read can wait: each device has a moment of its own within ten seconds, or thousands of
/// laptops would ask the hub in the same instant whenever somebody books a time.
struct ListenerSchedule: Equatable, Sendable {
    static let pauseMilliseconds: Int64 = 500
    static let spreadMilliseconds: Int64 = 10_000
    /// Proxies give up connections on which nothing comes for half a minute or a minute.
    static let beatMilliseconds: Int64 = 25_000

    enum Item: Equatable, Sendable {
        /// There is something new up to here.
        case news(Position)
        /// The line is still there.
        case beat
    }

    private let delayMilliseconds: Int64
    private var dueAt: Int64?
    private var reached = Position.start
    private var lastNewsAt: Int64?
    private var lastWrittenAt: Int64

    init(device: DeviceID, now: Int64) {
        delayMilliseconds = Int64(device.rawValue % UInt64(Self.spreadMilliseconds))
        lastWrittenAt = now
    }

    /// Notes that there is something new for the device up to a position.
    mutating func note(upTo position: Position, isCommon: Bool, now: Int64) {
        reached = max(reached, position)
        let earliest = lastNewsAt.map { $0 + Self.pauseMilliseconds } ?? now
        let moment = max(earliest, isCommon ? now + delayMilliseconds : now)
        dueAt = min(dueAt ?? moment, moment)
    }

    /// What is due now; what is returned counts as written.
    mutating func next(now: Int64) -> Item? {
        if let dueAt, dueAt <= now {
            self.dueAt = nil
            lastNewsAt = now
            lastWrittenAt = now
            return .news(reached)
        }
        guard now - lastWrittenAt >= Self.beatMilliseconds else { return nil }
        lastWrittenAt = now
        return .beat
    }

    /// Whether something waits for its moment.
    var isWaiting: Bool { dueAt != nil }
}
