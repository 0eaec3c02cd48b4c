import Model
import Synchronization

@testable import SyncClient

/// A hub's stream of news in memory, in the hands of a test.
final class NewsLine: Sendable {
    private struct State {
        var isThere = true
        var stream: AsyncStream<HubListener.Heard>.Continuation?
    }

    private let state = Mutex(State())

    /// Tells whoever listens.
    func tell(_ heard: HubListener.Heard) { state.withLock { $0.stream }?.yield(heard) }

    /// Ends the stream; a hub that is taken away has none from then on.
    func end(takingItAway: Bool = false) {
        state.withLock { state in
            if takingItAway { state.isThere = false }
            return state.stream
        }?.finish()
    }

    func listen(_ listener: HubListener) async throws {
        let (heard, stream) = AsyncStream.makeStream(of: HubListener.Heard.self)
        let isThere = state.withLock { state in
            state.stream = stream
            return state.isThere
        }
        guard isThere else { throw NoEvents() }
        listener.hear(.opened)
        for await one in heard { listener.hear(one) }
    }
}
