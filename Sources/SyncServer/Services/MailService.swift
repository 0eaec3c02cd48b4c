import Logging
import Model
import ServiceLifecycle

/// Looks from time to time what members are to be told by mail, and sends what is due, one mail
/// after the other. A mail that is being handed over when the hub stops is handed over.
struct MailService: Service {
    let hub: Hub
    let interval: Duration
    let now: @Sendable () -> HubTime
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await Self.work(hub, now: now, logger: logger)
                do {
                    try await Task.sleep(for: interval)
                } catch is CancellationError {
                    return
                }
            }
        }
    }

    /// Gathers and sends once.
    static func work(_ hub: Hub, now: @Sendable () -> HubTime, logger: Logger) async {
        do {
            while !Task.isCancelled, try hub.gatherMail(now: now()) {}
            for mail in try hub.dueMails(now: now()) {
                guard !Task.isCancelled else { return }
                let outcome = await SendmailRun.send(
                    mail.message.bytes, from: mail.message.from, program: mail.program)
                try hub.note(outcome, of: mail, now: now())
                let member: Logger.Metadata = ["member": "\(mail.member.text)"]
                if outcome == .taken {
                    logger.info("A mail was handed over", metadata: member)
                } else {
                    logger.warning("A mail could not be handed over", metadata: member)
                }
            }
        } catch {
            logger.error(
                "Mail could not be looked at",
                metadata: HubError(describing: error).logMetadata)
        }
    }
}
