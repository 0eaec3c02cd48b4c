import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// An open connection with TLS to a server on this computer, for one request at a time. It does as
/// little as one can, because the server under test shares the processors with it.
struct HTTPSConnection: Sendable {
    struct Answer: Sendable {
        let status: UInt
        let body: [UInt8]
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static let answerSecondsMax: Int64 = 120

    private let channel: any Channel

    /// Connects to a server that listens on this port and trusts no other certificate than this.
    static func open(port: Int, trusting certificate: NIOSSLCertificate) async throws
        -> HTTPSConnection
    {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([certificate])
        configuration.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(PostHandler())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return HTTPSConnection(channel: channel)
    }

    func post(_ path: String, _ body: [UInt8]) async throws -> Answer {
        let promise = channel.eventLoop.makePromise(of: Answer.self)
        let limit = channel.eventLoop.scheduleTask(in: .seconds(Self.answerSecondsMax)) {
            [channel] in
            channel.close(promise: nil)
        }
        defer { limit.cancel() }
        // A channel that is closed has lost its handlers, and with them who would answer.
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenFailure { promise.fail($0) }
        channel.writeAndFlush(
            PostHandler.Post(path: path, body: ByteBuffer(bytes: body), answer: promise),
            promise: written)
        return try await promise.futureResult.get()
    }

    func close() async { try? await channel.close() }
}

/// Writes a request and gathers its answer.
private final class PostHandler: ChannelDuplexHandler {
    struct Post: Sendable {
        let path: String
        let body: ByteBuffer
        let answer: EventLoopPromise<HTTPSConnection.Answer>
    }

    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Post
    typealias OutboundOut = HTTPClientRequestPart

    private var waiting: EventLoopPromise<HTTPSConnection.Answer>?
    private var status: UInt = 0
    private var body: [UInt8] = []
    private var isClosed = false

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let post = unwrapOutboundIn(data)
        guard waiting == nil, !isClosed else {
            let failure = HTTPSConnection.Failed(description: "The connection was closed")
            post.answer.fail(failure)
            promise?.fail(failure)
            return
        }
        waiting = post.answer
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: post.path,
            headers: [
                "Host": "127.0.0.1", "Content-Length": "\(post.body.readableBytes)",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(post.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = head.status.code
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            waiting?.succeed(HTTPSConnection.Answer(status: status, body: body))
            waiting = nil
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        waiting?.fail(HTTPSConnection.Failed(description: "The server closed the connection"))
        waiting = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        waiting?.fail(error)
        waiting = nil
        context.close(promise: nil)
    }
}
