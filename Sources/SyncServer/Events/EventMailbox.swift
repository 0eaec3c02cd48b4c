import Model
import Synchronization

/// What one listener is to be told next. Whoever reads slowly finds the latest news in it and
/// nothing else, so that nothing piles up.
final class EventMailbox: Sendable {
    enum Ending: Equatable, Sendable {
        /// The same device listens elsewhere.
        case replaced
        /// The hub stops, or the device may listen no longer, or has gone.
        case closed
    }

    enum Item: Equatable, Sendable {
        case news(Position)
        case beat
        case ended(Ending)
    }

    private struct State {
        var news: Position?
        var isBeatDue = false
        var ending: Ending?
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func put(_ item: ListenerSchedule.Item) {
        wake { state in
            switch item {
            case .news(let position): state.news = position
            case .beat: state.isBeatDue = true
            }
        }
    }

    /// Ends it; the first reason counts.
    func end(_ ending: Ending) { wake { $0.ending = $0.ending ?? ending } }

    /// Waits for the next item. For one reader; after an end it always returns that.
    func next() async -> Item {
        while true {
            if let item = take() { return item }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mayWait = state.withLock { state in
                        let isEmpty =
                            state.news == nil && !state.isBeatDue && state.ending == nil
                        if isEmpty { state.reader = continuation }
                        return isEmpty
                    }
                    if !mayWait { continuation.resume() }
                }
            } onCancel: {
                end(.closed)
            }
        }
    }

    private func take() -> Item? {
        state.withLock { state in
            if let ending = state.ending { return .ended(ending) }
            if let position = state.news {
                state.news = nil
                state.isBeatDue = false
                return .news(position)
            }
            guard state.isBeatDue else { return nil }
            state.isBeatDue = false
            return .beat
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let reader = state.withLock { state in
            change(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
