import Model
import Synchronization

/// Who listens for news: at most one stream of each device, and so many in all.
final class Listeners: Sendable {
    /// One open stream.
    struct Listener: Sendable {
        let device: DeviceID
        let member: MemberID
        let mailbox: EventMailbox
        /// Tells two streams of one device apart.
        fileprivate let number: UInt64
    }

    private struct Entry {
        let listener: Listener
        var schedule: ListenerSchedule
    }

    private struct State {
        var entries: [DeviceID: Entry] = [:]
        var lastNumber: UInt64 = 0
        var newsCount = 0
        var isClosed = false

        /// Walks over the entries in place: a copy of thousands, ten times a second, is no little.
        mutating func forEachEntry(_ body: (inout Entry) -> Void) {
            var index = entries.values.startIndex
            while index < entries.values.endIndex {
                body(&entries.values[index])
                entries.values.formIndex(after: &index)
            }
        }
    }

    private let listenersMax: Int
    private let state = Mutex(State())

    init(listenersMax: Int) { self.listenersMax = listenersMax }

    var count: Int { state.withLock { $0.entries.count } }

    /// News that were sent since the start.
    var newsCount: Int { state.withLock { $0.newsCount } }

    /// Whether something waits for its moment.
    var isWaiting: Bool { state.withLock { $0.entries.values.contains { $0.schedule.isWaiting } } }

    /// Lets a device listen; an earlier stream of it ends. Nil if there are enough already.
    func enter(_ device: DeviceID, of member: MemberID, now: Int64) -> Listener? {
        let (listener, earlier) = state.withLock { state -> (Listener?, EventMailbox?) in
            let earlier = state.entries[device]?.listener.mailbox
            guard !state.isClosed, earlier != nil || state.entries.count < listenersMax else {
                return (nil, nil)
            }
            state.lastNumber += 1
            let listener = Listener(
                device: device, member: member, mailbox: EventMailbox(), number: state.lastNumber)
            state.entries[device] = Entry(
                listener: listener, schedule: ListenerSchedule(device: device, now: now))
            return (listener, earlier)
        }
        earlier?.end(.replaced)
        return listener
    }

    /// Forgets a stream that has ended; does nothing if it was replaced.
    func leave(_ listener: Listener) {
        state.withLock { state in
            guard state.entries[listener.device]?.listener.number == listener.number else { return }
            state.entries[listener.device] = nil
        }
        listener.mailbox.end(.closed)
    }

    /// Notes news for one stream.
    func note(_ position: Position, for listener: Listener, now: Int64) {
        state.withLock { state in
            guard state.entries[listener.device]?.listener.number == listener.number else { return }
            state.entries[listener.device]?.schedule.note(
                upTo: position, isCommon: false, now: now)
        }
    }

    /// Notes news for everybody whom they concern.
    func note(_ news: HubNews, now: Int64) {
        guard news.isForAll || !news.members.isEmpty else { return }
        state.withLock { state in
            state.forEachEntry { entry in
                let isConcerned = news.members.contains(entry.listener.member)
                guard isConcerned || news.isForAll else { return }
                entry.schedule.note(upTo: news.head, isCommon: !isConcerned, now: now)
            }
        }
    }

    /// Hands out what is due.
    func deliver(now: Int64) {
        let due = state.withLock { state -> [(EventMailbox, ListenerSchedule.Item)] in
            var due: [(EventMailbox, ListenerSchedule.Item)] = []
            state.forEachEntry { entry in
                guard let item = entry.schedule.next(now: now) else { return }
                due.append((entry.listener.mailbox, item))
            }
            state.newsCount += due.count { $0.1 != .beat }
            return due
        }
        for (mailbox, item) in due { mailbox.put(item) }
    }

    /// Ends the streams of these devices.
    func end(_ devices: Set<DeviceID>) {
        let ended = state.withLock { state in
            devices.compactMap { state.entries.removeValue(forKey: $0)?.listener.mailbox }
        }
        for mailbox in ended { mailbox.end(.closed) }
    }

    /// Ends all streams, and takes no more.
    func close() {
        let ended = state.withLock { state in
            state.isClosed = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.listener.mailbox)
        }
        for mailbox in ended { mailbox.end(.closed) }
    }
}
