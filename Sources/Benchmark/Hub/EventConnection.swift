import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Wire

/// An open connection with TLS to a hub on this computer, on which a device listens for news. It does
/// as little as one can.
struct EventConnection: Sendable {
    private let channel: any Channel
    /// When each event came.
    let events: AsyncStream<ContinuousClock.Instant>

    /// Connects to a hub that listens on this port, and lets a device listen.
    ///
    /// - Parameters:
    ///   - port: the hub's.
    ///   - context: the certificate to trust; one for all, as each costs memory.
    ///   - authorize: makes the two headers from the hub's challenge.
    /// - Returns: the connection on which the stream has begun.
    /// - Throws: ``HTTPSConnection/Failed`` if the hub refuses.
    static func open(
        port: Int, trusting context: NIOSSLContext,
        authorize:
            @Sendable (ListeningChallenge) async -> (authorization: String, lastEventID: String)
    ) async throws -> EventConnection {
        let (events, sink) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(EventHandler(sink: sink))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let asked = try await ask(channel, [:])
        guard asked.status == .unauthorized,
            let challenge = asked.headers.first(name: "WWW-Authenticate")
                .flatMap({ ListeningChallenge(headerText: $0) })
        else { throw HTTPSConnection.Failed(description: "The hub gives no challenge") }
        let headers = await authorize(challenge)
        let answer = try await ask(
            channel,
            ["Authorization": headers.authorization, "Last-Event-ID": headers.lastEventID])
        guard answer.status == .ok else {
            throw HTTPSConnection.Failed(description: "The hub says \(answer.status.code)")
        }
        return EventConnection(channel: channel, events: events)
    }

    private static func ask(
        _ channel: any Channel, _ headers: HTTPHeaders
    ) async throws -> HTTPResponseHead {
        let promise = channel.eventLoop.makePromise(of: HTTPResponseHead.self)
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenFailure { promise.fail($0) }
        channel.writeAndFlush(
            EventHandler.Question(headers: headers, answer: promise), promise: written)
        return try await promise.futureResult.get()
    }

    func close() async { try? await channel.close() }
}

/// Asks for the stream, and notes when each event of it comes.
private final class EventHandler: ChannelDuplexHandler {
    struct Question: Sendable {
        let headers: HTTPHeaders
        let answer: EventLoopPromise<HTTPResponseHead>
    }

    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Question
    typealias OutboundOut = HTTPClientRequestPart

    private let sink: AsyncStream<ContinuousClock.Instant>.Continuation
    private var waiting: EventLoopPromise<HTTPResponseHead>?
    private var head: HTTPResponseHead?

    init(sink: AsyncStream<ContinuousClock.Instant>.Continuation) { self.sink = sink }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let question = unwrapOutboundIn(data)
        waiting = question.answer
        var headers: HTTPHeaders = ["Host": "127.0.0.1"]
        headers.add(contentsOf: question.headers)
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/v1/events", headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            // A stream has no end to wait for.
            if head.status == .ok { answer(head) }
        case .body(let part):
            let text = String(buffer: part)
            if head?.status == .ok, text.contains("event: news") { sink.yield(.now) }
        case .end: if let head { answer(head) }
        }
    }

    private func answer(_ head: HTTPResponseHead) {
        waiting?.succeed(head)
        waiting = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        waiting?.fail(HTTPSConnection.Failed(description: "The hub closed the connection"))
        waiting = nil
        sink.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
