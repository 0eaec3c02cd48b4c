import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import Model
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// What a served hub needs to know besides the hub itself.
struct HubConfiguration: Sendable {
    var listen = ListenAddress.standard
    /// Nil for plain HTTP: on loopback, or behind a proxy.
    var tls: TLSIdentity?
    /// Whether `X-Forwarded-For` says where a request comes from.
    var isBehindProxy = false
    var failures = FailureLimiter.Configuration()
    var bodyBytesMax = BodyBudget.bytesMaxDefault
    /// How often holds are looked at whose start may have passed.
    var expiryInterval = Duration.seconds(15)
    /// How often it is looked at what is to be told by mail.
    var mailInterval = Duration.seconds(30)
    /// Connections at the same time; each costs some memory.
    var connectionsMax = 4096
    /// Of these, devices that listen for news; the others are left for requests. See
    /// ``listenersMaxOfConnections``.
    var listenersMax = 2560
    /// Of one address; a school behind one address has fewer laptops. Not behind a proxy.
    var connectionsOfAddressMax = 256
    /// How slow the body of a request may come.
    var pace = BodyReader.Pace()
    /// Seconds after which a connection on which nothing happens is closed.
    var idleSeconds: Int64 = 60
    /// What stands before the body of a request, in bytes.
    var headerBytesMax = 16 * 1024

    /// Order time, and seconds that count evenly.
    var now: @Sendable () -> HubTime
    var steadySeconds: @Sendable () -> Int64
    /// The same in milliseconds, from any start.
    var steadyMilliseconds: @Sendable () -> Int64 = { [start = ContinuousClock.now] in
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }

    /// Where the system grants few connections, most of them are for requests still.
    var listenersMaxOfConnections: Int { min(listenersMax, connectionsMax * 5 / 8) }
}

/// Builds the server: routes, limits and jobs around a hub. Nothing runs before `run`, and the
/// router can be tried without sockets.
func buildApplication(
    _ hub: Hub, _ configuration: HubConfiguration, logger: Logger,
    onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
    let listeners = Listeners(listenersMax: configuration.listenersMaxOfConnections)
    let steadyMilliseconds = configuration.steadyMilliseconds
    let router = buildRouter(
        service: ExchangeService(hub, listeners: listeners, now: configuration.now),
        bodies: BodyReader(
            budget: BodyBudget(bytesMax: configuration.bodyBytesMax), pace: configuration.pace,
            steadySeconds: configuration.steadySeconds),
        failures: FailureLimitMiddleware(
            limiter: FailureLimiter(configuration.failures),
            isBehindProxy: configuration.isBehindProxy,
            nowSeconds: configuration.steadySeconds),
        certificatePEM: configuration.tls?.certificatePEM)
    EventRoutes(
        service: ListeningService(
            hub: hub, listeners: listeners,
            challenges: ChallengeBook(
                steadyMilliseconds: { UInt64(max(0, steadyMilliseconds())) }),
            steadyMilliseconds: steadyMilliseconds)
    ).add(to: router)
    CalendarRoutes(hub: hub).add(to: router)

    let ceiling =
        configuration.isBehindProxy
        ? nil : ConnectionCeiling(connectionsMax: configuration.connectionsOfAddressMax)
    let http = HTTPServerBuilder { responder in
        HubChannel(
            responder: responder,
            configuration: .hub(
                ceiling: ceiling, idleSeconds: configuration.idleSeconds,
                headerBytesMax: configuration.headerBytesMax))
    }
    let server: HTTPServerBuilder
    if let tls = configuration.tls {
        server = try .tls(http, tlsConfiguration: try tls.configuration)
    } else {
        server = http
    }
    return Application(
        router: router, server: server,
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.listen.host, port: configuration.listen.port),
            availableConnectionsDelegate: MaximumAvailableConnections(
                configuration.connectionsMax)),
        services: [
            HoldExpiryService(
                hub: hub, interval: configuration.expiryInterval, now: configuration.now,
                logger: logger),
            EventService(
                hub: hub, listeners: listeners, logger: logger,
                steadyMilliseconds: steadyMilliseconds),
            MailService(
                hub: hub, interval: configuration.mailInterval, now: configuration.now,
                logger: logger),
        ],
        onServerRunning: { channel in
            await onReady(channel.localAddress?.port ?? configuration.listen.port)
        },
        logger: logger)
}
