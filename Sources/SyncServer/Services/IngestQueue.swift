import Dispatch
import Synchronization

/// Group commit: requests that arrive while a transaction is being written wait together and share
/// the next one, so that one flush to the disk serves them all. Nobody is answered before it.
final class IngestQueue<Request: Sendable, Answer: Sendable>: Sendable {
    /// Does the work of many requests in one durable transaction; one result each, in order.
    typealias Process = @Sendable ([Request]) -> [Result<Answer, any Error>]

    private struct Item {
        let request: Request
        let continuation: CheckedContinuation<Answer, any Error>
    }

    private struct State {
        var waiting: [Item] = []
        var isWriting = false
    }

    private let process: Process
    private let groupMax: Int
    private let waitingMax: Int
    private let state = Mutex(State())
    // Blocking database work stays off the threads that Swift's concurrency shares.
    private let writer = DispatchQueue(label: "waymark.writer")

    /// - Parameters:
    ///   - groupMax: Requests of one transaction.
    ///   - waitingMax: Requests that may wait; more are turned away at once.
    ///   - process: The work.
    init(groupMax: Int = 256, waitingMax: Int = 4096, process: @escaping Process) {
        self.groupMax = groupMax
        self.waitingMax = waitingMax
        self.process = process
    }

    /// Returns when the request's transaction is durable.
    func submit(_ request: Request) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let item = Item(request: request, continuation: continuation)
            let (isAccepted, mustStart) = state.withLock { state in
                guard state.waiting.count < waitingMax else { return (false, false) }
                state.waiting.append(item)
                defer { state.isWriting = true }
                return (true, !state.isWriting)
            }
            guard isAccepted else {
                continuation.resume(
                    throwing: HubError(
                        .busy, "The hub has many requests at the moment.",
                        hint: "Try again in a few seconds."))
                return
            }
            if mustStart { writer.async { self.writeAll() } }
        }
    }

    /// How many requests wait for a transaction.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func writeAll() {
        while let group = nextGroup() {
            let results = process(group.map(\.request))
            precondition(results.count == group.count, "Every request gets one result.")
            for (item, result) in zip(group, results) { item.continuation.resume(with: result) }
        }
    }

    /// The next requests to write together; nil when none waits, and then this writer is done.
    private func nextGroup() -> [Item]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let group = Array(state.waiting.prefix(groupMax))
            state.waiting.removeFirst(group.count)
            return group
        }
    }
}
