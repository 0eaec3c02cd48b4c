import Hummingbird
import NIOCore

/// Ends connections on which a body comes that nobody reads, or a request that can be read in two
/// ways, once the answer is out.
///
/// HTTP has the server read the rest of such a body before the next request; one without an end
/// would keep it reading for ever.
struct UnreadBodyMiddleware: RouterMiddleware {
    /// The answer has this long to reach the other end.
    private static let grace = TimeAmount.seconds(2)

    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(input, context)
        let isRead = input.method == .post && response.status == .ok
        guard (!isRead && Self.hasBody(input)) || input.namesSeveralHosts,
            let channel = context.channel
        else { return response }
        response.headers[.connection] = "close"
        channel.eventLoop.scheduleTask(in: Self.grace) { channel.close(promise: nil) }
        return response
    }

    private static func hasBody(_ request: Request) -> Bool {
        request.headers[.transferEncoding] != nil
            || request.headers[.contentLength].map { $0 != "0" } ?? false
    }
}
