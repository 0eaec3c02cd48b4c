import NIOCore
import NIOHTTP1

/// Stands between what a connection says and what is made of it, and ends one that says it in a way
/// that costs the hub far more than its sender.
///
/// HTTP/1.1 lets a client ask before it has been answered (RFC 9112, 9.3.2), and what has come is
/// decoded at once: tens of thousands of requests, in the worst case, each of which takes about a
/// kilobyte until its turn comes, and its turn is before that of others who ask later. Laptops ask
/// one thing after the other, so few requests may wait. A body can come in chunks of one byte, each
/// of which is passed on by itself; programs and proxies send some hundred bytes at a time or more.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests of one connection that have come and are not answered.
    static let unansweredMax = 4
    /// Parts that a body may have, however small they are; each further one needs so many bytes on
    /// average.
    static let smallPartsMax = 1024
    static let partBytesMin = 64

    private var unansweredCount = 0
    private var partCount = 0
    private var bodyByteCount = 0
    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard unansweredCount < Self.unansweredMax else { return end(context) }
            unansweredCount += 1
            (partCount, bodyByteCount) = (0, 0)
            context.fireChannelRead(wrapInboundOut(.head(Self.completed(head))))
        case .body(let bytes):
            partCount += 1
            bodyByteCount += bytes.readableBytes
            guard (partCount - Self.smallPartsMax) * Self.partBytesMin <= bodyByteCount else {
                return end(context)
            }
            context.fireChannelRead(data)
        case .end:
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unansweredCount -= 1 }
        context.write(data, promise: promise)
    }

    /// What the decoder has in its hands comes still, and goes nowhere.
    private func end(_ context: ChannelHandlerContext) {
        isOver = true
        context.close(promise: nil)
    }

    /// Says in the words of HTTP/1.1 what HTTP/1.0 leaves unsaid, as the types that routes get know
    /// no version: no host is needed, and the connection ends with the answer (RFC 9112, 9.3).
    private static func completed(_ head: HTTPRequestHead) -> HTTPRequestHead {
        let isOld = head.version == .http1_0
        var head = head
        if isOld || !head.isKeepAlive {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        }
        if isOld, !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: "") }
        return head
    }
}
