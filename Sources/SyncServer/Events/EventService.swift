import Logging
import Model
import ServiceLifecycle

/// Tells listeners when there is something new for them: that, and nothing else.
///
/// After a commit it reads what has happened in the order since it last looked, and a second after
/// it in any case: what an admin's command writes in another process is news, too.
struct EventService: Service {
    let hub: Hub
    let listeners: Listeners
    let logger: Logger
    let steadyMilliseconds: @Sendable () -> Int64

    /// Commits that follow each other so soon are looked at together.
    private static let gathering = Duration.milliseconds(50)
    private static let tick = Duration.milliseconds(100)
    private static let ticksBetweenLooks = 10

    func run() async throws {
        let (wakeups, waker) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        hub.database.whenCommitted { waker.yield() }
        waker.yield()
        defer { hub.database.whenCommitted(nil) }
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await tick(waker) }
                group.addTask { await follow(wakeups) }
                // Whichever ends first, at a shutdown, ends the other.
                await group.next()
                group.cancelAll()
            }
        } onCancelOrGracefulShutdown: {
            listeners.close()
            waker.finish()
        }
    }

    /// Hands out what is due, and has the order looked at now and then.
    private func tick(_ waker: AsyncStream<Void>.Continuation) async {
        var count = 0
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.tick) } catch { return }
            listeners.deliver(now: steadyMilliseconds())
            count += 1
            if count % Self.ticksBetweenLooks == 0 { waker.yield() }
        }
    }

    private func follow(_ wakeups: AsyncStream<Void>) async {
        var last: Position?
        for await _ in wakeups {
            do {
                last = try await look(after: last)
            } catch {
                // A hub that stops, or could not even listen, has nothing to tell.
                if Task.isCancelled { return }
                logger.error(
                    "News could not be looked for",
                    metadata: HubError(describing: error).logMetadata)
            }
            do { try await Task.sleep(for: Self.gathering) } catch { return }
        }
    }

    /// Returns up to where it has looked.
    private func look(after last: Position?) async throws -> Position {
        guard let last else {
            // Some may have come before this first look, and missed what came between.
            let news = try await hub.database.readAsync { try $0.newsForAll() }
            return tell(news)
        }
        guard listeners.count > 0 else {
            let head = try await hub.database.readAsync { try $0.head() }
            // Who comes after this compares with an order that is at least as long.
            return listeners.count > 0 ? last : head
        }
        guard let news = try await hub.database.readAsync({ try $0.news(after: last) }) else {
            return last
        }
        return tell(news)
    }

    private func tell(_ news: HubNews) -> Position {
        listeners.end(news.endedDevices)
        listeners.note(news, now: steadyMilliseconds())
        listeners.deliver(now: steadyMilliseconds())
        return news.head
    }
}
