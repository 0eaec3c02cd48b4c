import Hummingbird
import Logging
import NIOCore

/// Turns errors into a status and `{"error":{"code","message"}}`; logs and counts the code.
struct ErrorMiddleware: RouterMiddleware {
    let noteRefusal: @Sendable (HubError) -> Void

    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(input, context)
        } catch {
            let failure = HubError(describing: error)
            context.logger.log(
                level: Self.level(of: failure), "Request refused", metadata: failure.logMetadata)
            noteRefusal(failure)
            return Self.response(to: failure)
        }
    }

    /// Who is turned away by a limit, or looks for what is not there, can come back without end,
    /// from many addresses, too; the log must not grow with that.
    private static func level(of failure: HubError) -> Logger.Level {
        switch failure.reason {
        case .tooManyRequests, .notFound: .debug
        default: failure.status.code >= 500 ? .error : .notice
        }
    }

    private static func response(to failure: HubError) -> Response {
        let text = (try? JSONText.encode(FailureDocument(failure))) ?? "{}"
        var headers: HTTPFields = [.contentType: "application/json"]
        if failure.reason == .busy || failure.reason == .tooManyRequests {
            headers[.retryAfter] = "5"
        }
        return Response(
            status: failure.status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
