import HummingbirdCore
import NIOCore

extension HTTP1Channel.Configuration {
    /// How much a connection may ask of the hub before there is a request.
    ///
    /// - Parameters:
    ///   - ceiling: how many connections one address may have; nil behind a proxy.
    ///   - idleSeconds: after which a connection on which nothing happens is closed.
    ///   - headerBytesMax: of what stands before the body of a request.
    /// - Returns: the hub's configuration of connections.
    static func hub(
        ceiling: ConnectionCeiling?, idleSeconds: Int64, headerBytesMax: Int
    ) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(ceiling: ceiling, unreadSecondsMax: idleSeconds)
            ],
            idleTimeout: .seconds(idleSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: headerBytesMax, maxHeaderListSize: headerBytesMax,
                maxHeaderFieldCount: 100))
    }
}
