import Hummingbird
import NIOCore

/// Builds the routes, and what every request passes on its way to them.
func buildRouter(
    service: ExchangeService, bodies: BodyReader, failures: FailureLimitMiddleware,
    certificatePEM: String?
) -> Router<HubRequestContext> {
    // Whatever can be fetched can be asked for without its body.
    let router = Router(context: HubRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: UnreadBodyMiddleware())
    router.add(middleware: HeadMiddleware())
    router.add(middleware: RequestLogMiddleware())
    router.add(middleware: ErrorMiddleware(noteRefusal: service.noteRefusal))
    router.add(middleware: failures)
    router.add(middleware: HostMiddleware())
    MetricsRoutes(service: service).add(to: router)
    HealthRoutes(certificatePEM: certificatePEM).add(to: router)
    ExchangeRoutes(service: service, bodies: bodies).add(to: router)
    return router
}

/// What every request carries: where it came from and how it ended.
struct HubRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end of the connection; nil in tests without one.
    let remoteAddress: String?
    let channel: (any Channel)?
    /// Whose requests this one counts with, where there are limits.
    var origin: Origin

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
        channel = source.channel
        origin = Origin(source.channel.remoteAddress) ?? .other("unknown")
    }
}
