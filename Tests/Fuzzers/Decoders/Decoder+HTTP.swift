import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import Synchronization

@testable import SyncServer

extension Decoder {
    /// What comes over a connection from its first byte on: HTTP, the path, the routes' bodies.
    static let http: [Decoder] = [
        Decoder("http", byteCountMax: 1024, seeds: { _ in requests.map { Array($0.utf8) } }) {
            bytes in
            try HTTPConnection.take(bytes)
        }
    ]

    private static let requests = [
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/certificate?x=%20#y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST /v1/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.0\r\n\r\n",
        "POST /v1/redeem HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4;x=y\r\nbody\r\n0\r\nTrailer: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /v1/rekey HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        "POST /v1/%62undles/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1, ::1\r\n"
            + "Content-Length: 0\r\n\r\n",
        "GET http://hub.example.org/healthz HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n"
            + "Connection: upgrade\r\n\r\n",
    ]
}

/// A connection to the hub without a socket: the pipeline, the routes and what lies before them are
/// the hub's; what is behind them gives every body back.
private enum HTTPConnection {
    private static let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
    private static let budget = BodyBudget()
    // A minute between two runs, so that no failure counts in the next.
    private static let seconds = Mutex<Int64>(0)

    private static let responder = buildRouter(
        service: ExchangeService(),
        bodies: BodyReader(budget: budget, pace: BodyReader.Pace(), steadySeconds: { 0 }),
        failures: FailureLimitMiddleware(
            limiter: FailureLimiter(), isBehindProxy: true,
            nowSeconds: { seconds.withLock { $0 } }),
        certificatePEM: "a certificate"
    ).buildResponder()

    private static let server = HubChannel(
        responder: { request, writer, channel in
            let response = try await responder.respond(
                to: request,
                context: HubRequestContext(source: .init(channel: channel, logger: logger)))
            precondition(response.status.code != 500, "A request was a surprise.")
            precondition(
                response.status != .ok || isKnown(request), "There is nothing at this address.")
            try await writer.write(response: response.head, body: response.body)
        },
        configuration: .hub(
            ceiling: ConnectionCeiling(connectionsMax: 256), idleSeconds: 60,
            headerBytesMax: 16 * 1024))

    private static func isKnown(_ request: Request) -> Bool {
        switch request.method {
        case .get, .head:
            ["/healthz", "/v1/certificate", "/metrics"].contains { matches(request, $0) }
        case .post:
            ["/v1/sync", "/v1/redeem", "/v1/rekey", "/v1/bundles"].contains { matches(request, $0) }
        default: false
        }
    }

    /// Slashes beside slashes and at the end do not count; nothing else leads to an address.
    private static func matches(_ request: Request, _ path: String) -> Bool {
        request.uri.path.split(separator: "/") == path.split(separator: "/")
    }

    /// Sends the bytes in two parts, then ends the connection.
    static func take(_ bytes: [UInt8]) throws {
        seconds.withLock { $0 += 61 }
        let thread = OneThread()
        let channel = EmbeddedChannel()
        let connection = try server.setup(channel: channel, logger: logger).wait()
        channel.pipeline.fireChannelActive()
        let over = Flag()
        Task(executorPreference: thread) {
            await server.handle(value: connection, logger: logger)
            over.raise()
        }
        thread.run(channel)
        for part in [bytes.prefix(bytes.count / 2), bytes.dropFirst(bytes.count / 2)] {
            // What cannot be read ends the connection; the other end hears of it.
            _ = try? channel.writeInbound(ByteBuffer(bytes: part))
            thread.run(channel)
        }
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        thread.run(channel)
        _ = try? channel.finish(acceptAlreadyClosed: true)
        thread.run(channel)
        precondition(over.isRaised, "A connection that has ended is still being served.")
        try budget.requireRoom(for: BodyBudget.bytesMaxDefault)
    }
}

private final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}

/// Runs tasks on the thread that waits for them, so that a run depends on nothing but its bytes.
private final class OneThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Until nothing is left to do on either side.
    func run(_ channel: EmbeddedChannel) {
        while true {
            channel.embeddedEventLoop.run()
            let next = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let next else { return }
            next.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
