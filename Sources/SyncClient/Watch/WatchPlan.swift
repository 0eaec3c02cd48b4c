import Model

/// Decides when whoever watches syncs: a pure value, with times that count from its start.
///
/// It syncs when there is something new at the hub or unsent here, and now and then in any case: a hub
/// of an older version tells nobody, and a proxy may keep to itself what it says.
struct WatchPlan: Equatable, Sendable {
    /// With and without a stream of news.
    static let longestWhileListening = Duration.seconds(15 * 60)
    static let longestWhileDeaf = Duration.seconds(3 * 60)

    enum Event: Equatable, Sendable {
        case heard(HubListener.Heard)
        /// The stream has ended, or there is none.
        case deaf
        /// The hub does not let the device listen; a sync will say why.
        case refused
        /// Something was written here that the hub does not have.
        case wrote
        /// A sync went well, and the replica is here now.
        case synced(Position)
        /// One did not, and may go better later.
        case failed
    }

    private var position: Position
    private var newsUpTo: Position?
    private var hasUnsent = false
    /// At the start, and after a failure.
    private var isOverdue = true
    private var pause: WatchPause
    private var notBefore = Duration.zero
    private var lastAttempt = Duration.zero
    private(set) var isListening = false

    init(device: DeviceID, position: Position) {
        self.position = position
        pause = WatchPause(device: device)
    }

    /// Whether the latest sync failed.
    var isFailing: Bool { pause.attemptCount > 0 }

    mutating func note(_ event: Event, at now: Duration) {
        switch event {
        case .heard(.opened):
            isListening = true
            // The hub is there again.
            if isFailing { notBefore = min(notBefore, now) }
        case .heard(.news(let reached)):
            newsUpTo = newsUpTo.map { max($0, reached) } ?? reached
        case .heard(.replaced), .deaf: isListening = false
        case .refused: isOverdue = true
        case .wrote: hasUnsent = true
        case .synced(let reached):
            position = reached
            if let news = newsUpTo, news <= reached { newsUpTo = nil }
            pause.reset()
            notBefore = now
        case .failed:
            isOverdue = true
            notBefore = now + pause.next()
        }
    }

    /// Whether a sync is to begin now. If so, what happens from here on is for the next one.
    mutating func beginsSync(at now: Duration) -> Bool {
        let longest = isListening ? Self.longestWhileListening : Self.longestWhileDeaf
        guard isOverdue || hasUnsent || hasNews || now >= lastAttempt + longest, now >= notBefore
        else { return false }
        isOverdue = false
        hasUnsent = false
        newsUpTo = nil
        lastAttempt = now
        return true
    }

    /// An event that this replica has got past by another road is none. One from another epoch is
    /// always news: the hub was set back.
    private var hasNews: Bool {
        newsUpTo.map { $0 > position || $0.epoch != position.epoch } ?? false
    }
}
