import Foundation
import Model
import Replica
import Synchronization

/// `waymark sync --watch`: stays, and syncs whenever there is something to sync.
///
/// Three tasks note what happens in one ``WatchPlan``: one listens to the hub, one looks whether
/// another command has written to the replica, one syncs when the plan says so. A fourth waits for
/// the signal to stop. Whichever ends first ends the others.
struct Watch {
    private let context: CommandContext
    private let access: HubAccess
    private let replica: Replica
    private let notices: WatchNotices
    private let shared: Shared
    private let wakeups: AsyncStream<Void>

    /// How often it is looked whether something was written here.
    private static let lookInterval = Duration.milliseconds(250)
    /// How long a stream must have lasted for the next pause to be short again.
    private static let steadyStream = Duration.seconds(60)
    private static let pauseWithoutEvents = Duration.seconds(600)
    private static let pauseWhenReplaced = Duration.seconds(30)

    /// What the tasks share.
    private final class Shared: Sendable {
        private let plan: Mutex<WatchPlan>
        private let waker: AsyncStream<Void>.Continuation
        private let start = ContinuousClock.now
        private let stopped = Mutex(false)

        init(_ plan: WatchPlan, waker: AsyncStream<Void>.Continuation) {
            self.plan = Mutex(plan)
            self.waker = waker
        }

        private var now: Duration { ContinuousClock.now - start }

        func note(_ event: WatchPlan.Event) {
            plan.withLock { $0.note(event, at: now) }
            wake()
        }

        func wake() { waker.yield() }

        func beginsSync() -> Bool { plan.withLock { $0.beginsSync(at: now) } }

        var isFailing: Bool { plan.withLock { $0.isFailing } }

        var isStopped: Bool { stopped.withLock { $0 } }
        func stop() { stopped.withLock { $0 = true } }
    }

    init(_ context: CommandContext, url: String?) throws {
        self.context = context
        replica = try context.replica
        access = try HubAccess(context, url: url)
        notices = WatchNotices(context)
        let (wakeups, waker) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wakeups = wakeups
        shared = Shared(
            WatchPlan(device: replica.identity.device, position: try replica.position),
            waker: waker)
    }

    /// Returns when the program is asked to stop.
    ///
    /// - Throws: what a sync throws, unless it may go better later; ``CommandFailure`` if another
    ///   program watches this home.
    func run() async throws {
        guard let lock = try FolderLock.acquire(.watching, in: replica.home) else {
            throw CommandFailure(
                .refused, code: "alreadyWatching",
                "Another waymark sync --watch runs for this folder.",
                hint: "It syncs for all commands here; waymark sync beside it works, too.")
        }
        try notices.started()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await context.surroundings.untilStopped()
                    // It returns when another task has failed, too.
                    if !Task.isCancelled { shared.stop() }
                }
                group.addTask { try await listenAgainAndAgain() }
                group.addTask { try await lookAgainAndAgain() }
                group.addTask { try await syncAgainAndAgain() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch  where shared.isStopped {
            // Whatever was under way has been broken off, and goes on with the next sync.
        }
        try notices.stopped()
        // Until here nobody else watches.
        _ = consume lock
    }

    // MARK: Syncing

    private func syncAgainAndAgain() async throws {
        shared.wake()
        var isFirst = true
        for await _ in wakeups {
            while shared.beginsSync() {
                try await sync(isFirst: isFirst)
                isFirst = false
            }
        }
    }

    private func sync(isFirst: Bool) async throws {
        do {
            let report = try await access.sync(warnsOfClock: isFirst)
            let position = try replica.position
            let now = context.presentMilliseconds
            let summary = try replica.read { try SyncSummary(report, reader: $0, now: now) }
            try notices.synced(summary, isFirst: isFirst)
            shared.note(.synced(position))
        } catch {
            guard !shared.isStopped else { return }
            let failure = CommandFailure(describing: error)
            guard Self.mayPass(failure) else { throw failure }
            try notices.failed(failure)
            shared.note(.failed)
        }
    }

    /// Whether a sync that failed may go well later with nobody's help: with a network, on another
    /// one, when the hub is back.
    static func mayPass(_ failure: CommandFailure) -> Bool {
        failure.kind == .unreachable
            || ["wrongHub", "badAnswer", "busy", "interrupted"].contains(failure.code)
    }

    // MARK: Noticing

    private func lookAgainAndAgain() async throws {
        var last: Int64?
        while true {
            let count = try replica.foreignCommits()
            if count != last {
                last = count
                if try replica.hasUnsentWork() { shared.note(.wrote) }
            }
            // The plan's own times come, too.
            shared.wake()
            try await Task.sleep(for: Self.lookInterval)
        }
    }

    private func listenAgainAndAgain() async throws {
        var pause = WatchPause(device: replica.identity.device)
        while true {
            let wasReplaced = Mutex(false)
            let start = ContinuousClock.now
            var least = Duration.zero
            do {
                try await listen { heard in
                    if heard == .replaced { wasReplaced.withLock { $0 = true } }
                }
            } catch is NoEvents {
                least = Self.pauseWithoutEvents
                try notices.hasNoEvents()
            } catch let error as CancellationError {
                throw error
            } catch is HubFailure.Answer {
                shared.note(.refused)
            } catch {
                // Nobody is there, and a sync will say so when there is something to sync.
            }
            shared.note(.deaf)
            if wasReplaced.withLock({ $0 }) { least = Self.pauseWhenReplaced }
            if ContinuousClock.now - start >= Self.steadyStream { pause.reset() }
            try await Task.sleep(for: pause.next(atLeast: least))
        }
    }

    private func listen(_ hear: @escaping @Sendable (HubListener.Heard) -> Void) async throws {
        let (replica, shared, notices) = (replica, shared, notices)
        // Before the hub has let the device in, there is nobody to listen.
        guard replica.identity.isRedeemed else { return }
        let listener = HubListener(
            position: try replica.position,
            sign: { try replica.listeningProof(of: $0) },
            hear: { heard in
                if heard == .opened { notices.opened() }
                hear(heard)
                shared.note(.heard(heard))
            })
        try await context.surroundings.transport.listen(to: access.endpoint, as: listener)
    }
}
