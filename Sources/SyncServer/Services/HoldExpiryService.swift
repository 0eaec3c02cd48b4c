import Logging
import Model
import ServiceLifecycle

/// Looks from time to time for held bookings whose start has passed.
struct HoldExpiryService: Service {
    let hub: Hub
    let interval: Duration
    let now: @Sendable () -> HubTime
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: interval)
                } catch is CancellationError {
                    return
                }
                expire()
            }
        }
    }

    private func expire() {
        do {
            let count = try hub.expireHolds(now: now())
            if count > 0 { logger.info("Holds expired", metadata: ["verdicts": "\(count)"]) }
        } catch {
            logger.error(
                "Holds could not be looked at",
                metadata: HubError(describing: error).logMetadata)
        }
    }
}
