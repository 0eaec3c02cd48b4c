import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Serves a connection like `HTTP1Channel`, with a ``RequestGuard`` where its requests come from.
struct HubChannel: ServerChildChannel {
    /// What is read of a connection, and decoded, before it is the turn of the next.
    private static let readBytesMax = 16 * 1024

    private let http: HTTP1Channel

    init(
        responder: @escaping HTTPChannelHandler.Responder,
        configuration: HTTP1Channel.Configuration
    ) {
        http = HTTP1Channel(responder: responder, configuration: configuration)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            try channel.syncOptions?.setOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 64, initial: 2048, maximum: Self.readBytesMax))
            // The channel's own place for handlers is behind the types that have no version.
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(
                type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(RequestGuard(), position: .after(decoder))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
