import Foundation
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import ServiceLifecycle
import Wire

/// `GET /v1/events`: tells a device, for as long as it likes, that there is something new for it.
///
/// The stream is one of server-sent events (WHATWG HTML, "Server-sent events"). An event has no
/// content, only a position, so there is nothing in it that a device may not read.
struct EventRoutes {
    let service: ListeningService

    private static let contentType = "text/event-stream"
    private static let lastEventID = HTTPField.Name("Last-Event-ID")
    private static let isBuffered = HTTPField.Name("X-Accel-Buffering")
    /// What was written last has this long to reach the other end.
    private static let grace = TimeAmount.seconds(2)

    func add(to router: Router<HubRequestContext>) {
        // A stream has no head to look at beforehand, and asking for one is not listening.
        router.head("v1/events") { _, _ -> Response in
            throw HubError(.notFound, "There is nothing at this address.")
        }
        router.get("v1/events") { request, context -> Response in
            let position = Self.lastEventID.flatMap { request.headers[$0] }
                .flatMap { Position(eventID: $0) }
            switch try await service.admit(request.headers[.authorization], after: position) {
            case .challenge(let challenge): return try Self.response(challenge)
            case .listener(let listener): return response(listener, context.channel)
            }
        }
    }

    /// Asks for a signature. That is no failure, and slows nobody down.
    private static func response(_ challenge: ListeningChallenge) throws -> Response {
        let document = FailureDocument(
            HubError(.challenge, "Listening needs a device's signature over the challenge."))
        return Response(
            status: .unauthorized,
            headers: [
                .contentType: "application/json", .cacheControl: "no-store",
                .wwwAuthenticate: challenge.headerText,
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: try JSONText.encode(document))))
    }

    private func response(
        _ listener: Listeners.Listener, _ channel: (any Channel)?
    ) -> Response {
        let listeners = service.listeners
        if let channel {
            channel.closeFuture.whenComplete { _ in listeners.leave(listener) }
            ConnectionGuard.listen(on: channel)
        }
        var headers: HTTPFields = [
            .contentType: Self.contentType, .cacheControl: "no-store", .connection: "close",
        ]
        if let name = Self.isBuffered { headers[name] = "no" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { listeners.leave(listener) }
                // A proxy passes on the head when something follows it.
                try await writer.write(ByteBuffer(string: ": listening\n\n"))
                var ending: EventMailbox.Ending?
                while ending == nil {
                    switch await Self.next(of: listener) {
                    case .news(let position): try await writer.write(Self.event(at: position))
                    case .beat: try await writer.write(ByteBuffer(string: ":\n\n"))
                    case .ended(let reason): ending = reason
                    }
                }
                if ending == .replaced {
                    try await writer.write(ByteBuffer(string: "event: replaced\ndata\n\n"))
                }
                try await writer.finish(nil)
                guard let channel else { return }
                channel.eventLoop.scheduleTask(in: Self.grace) { channel.close(promise: nil) }
            })
    }

    /// A hub that stops waits for its connections, so those of listeners end then.
    private static func next(of listener: Listeners.Listener) async -> EventMailbox.Item {
        await withGracefulShutdownHandler {
            await listener.mailbox.next()
        } onGracefulShutdown: {
            listener.mailbox.end(.closed)
        }
    }

    private static func event(at position: Position) -> ByteBuffer {
        ByteBuffer(string: "event: news\nid: \(position.eventID)\ndata\n\n")
    }
}
