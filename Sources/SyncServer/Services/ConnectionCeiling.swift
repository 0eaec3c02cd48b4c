import Foundation
import NIOCore
import Synchronization

/// Counts the connections of each address, so that one computer cannot take them all.
final class ConnectionCeiling: Sendable {
    private let connectionsMax: Int
    private let counts = Mutex<[Origin: Int]>([:])

    init(connectionsMax: Int) {
        self.connectionsMax = connectionsMax
    }

    /// Counts one more, unless these are enough already.
    func enter(_ origin: Origin) -> Bool {
        counts.withLock { counts in
            guard counts[origin, default: 0] < connectionsMax else { return false }
            counts[origin, default: 0] += 1
            return true
        }
    }

    func leave(_ origin: Origin) {
        counts.withLock { counts in
            let rest = counts[origin, default: 0] - 1
            counts[origin] = rest > 0 ? rest : nil
        }
    }
}

/// Closes a connection whose address has too many, and one whose other end does not read what it
/// asked for.
final class ConnectionGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// Nil where all connections come from a proxy.
    private let ceiling: ConnectionCeiling?
    private let unreadSecondsMax: Int64
    private var origin: Origin?
    private var hasBegun = false
    private var isListening = false
    private var ending: Scheduled<Void>?

    init(ceiling: ConnectionCeiling?, unreadSecondsMax: Int64) {
        self.ceiling = ceiling
        self.unreadSecondsMax = unreadSecondsMax
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        ending?.cancel()
        ending = nil
        if !context.channel.isWritable {
            let channel = context.channel
            ending = context.eventLoop.scheduleTask(in: .seconds(unreadSecondsMax)) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    /// A listener has nothing more to say, so the end of its side is the end of it.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isListening, case ChannelEvent.inputClosed? = event as? ChannelEvent {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Lets a connection serve a listener from now on. Listeners are certified devices and have a
    /// bound of their own: here, hundreds of them in one school would leave no place for a sync.
    static func listen(on channel: any Channel) {
        channel.eventLoop.execute {
            let handler = try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self)
            handler?.beginListening()
        }
        #if canImport(Glibc)
            // A laptop that was shut does not say so. Without this, what was written to it is sent
            // for a quarter of an hour before the system gives up.
            if let socket = channel as? any SocketOptionProvider {
                _ = socket.unsafeSetSocketOption(
                    level: SocketOptionLevel(IPPROTO_TCP),
                    name: SocketOptionName(TCP_USER_TIMEOUT), value: unansweredMillisecondsMax)
            }
        #endif
    }

    private static let unansweredMillisecondsMax: CInt = 60_000

    private func beginListening() {
        isListening = true
        if let origin { ceiling?.leave(origin) }
        origin = nil
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !hasBegun else { return }
        hasBegun = true
        guard let ceiling, let origin = Origin(context.remoteAddress) else {
            return
        }
        if ceiling.enter(origin) {
            self.origin = origin
        } else {
            context.close(promise: nil)
        }
    }

    private func end() {
        ending?.cancel()
        ending = nil
        if let origin { ceiling?.leave(origin) }
        origin = nil
    }
}
