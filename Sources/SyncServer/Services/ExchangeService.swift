import Dispatch
import Model

/// Answers requests with many of them sharing one transaction.
struct ExchangeService: Sendable {
    private let hub: Hub
    /// Whose numbers stand among the others.
    private let listeners: Listeners?
    private let queue: IngestQueue<Hub.Prepared, Hub.Performed>
    // Making a snapshot takes a while; one at a time is enough, and its thread is its own.
    private let snapshots = DispatchQueue(label: "waymark.snapshots")

    init(
        _ hub: Hub, listeners: Listeners? = nil, now: @escaping @Sendable () -> HubTime
    ) {
        self.hub = hub
        self.listeners = listeners
        queue = IngestQueue { requests in hub.perform(requests, now: now()) }
    }

    func sync(_ bytes: [UInt8]) async throws -> [UInt8] {
        let hub = hub
        let start = ContinuousClock.now
        let prepared = try await hub.database.readAsync { try hub.prepareSync(bytes, $0) }
        let answer = try await answer(queue.submit(.sync(prepared)))
        hub.metrics.noteSync(.now - start)
        return answer
    }

    func redeem(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await answer(queue.submit(.redemption(hub.prepareRedemption(bytes))))
    }

    func rekey(_ bytes: [UInt8]) async throws -> [UInt8] {
        let hub = hub
        let prepared = try await hub.database.readAsync { try hub.prepareRekeying(bytes, $0) }
        return try await answer(queue.submit(.rekeying(prepared)))
    }

    /// Takes in a parcel that somebody brings, and answers its author.
    func carry(_ bytes: [UInt8]) async throws -> [UInt8] {
        let hub = hub
        let prepared = try await hub.database.readAsync { try hub.prepareBundle(bytes, $0) }
        return try await answer(queue.submit(.bundle(prepared)))
    }

    // MARK: What is counted

    /// Counts an error with which a request was answered.
    @Sendable func noteRefusal(_ error: HubError) { hub.metrics.noteRefusal(error) }

    /// What the hub counts, as text.
    var metricsText: String {
        let sizes = hub.folder.databaseBytes
        let levels = MetricsPage.Levels(
            waitingRequests: queue.waitingCount, databaseBytes: sizes.file,
            logBytes: sizes.log, listeners: listeners?.count ?? 0,
            news: listeners?.newsCount ?? 0)
        return MetricsPage(hub.metrics.counts, levels).text
    }

    /// Reads the page from what the transaction made durable, beside the next transaction.
    private func answer(_ performed: Hub.Performed) async throws -> [UInt8] {
        let hub = hub
        do {
            return try await hub.database.readAsync {
                try hub.answer(performed, $0, wantsSnapshots: true)
            }
        } catch let missing as SnapshotsMissing {
            try await withCheckedThrowingContinuation { continuation in
                snapshots.async {
                    continuation.resume(
                        with: Result { try hub.makeSnapshots(of: missing.scopes) })
                }
            }
            return try await hub.database.readAsync {
                try hub.answer(performed, $0, wantsSnapshots: false)
            }
        }
    }
}
