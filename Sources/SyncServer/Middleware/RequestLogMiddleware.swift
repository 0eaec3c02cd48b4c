import Hummingbird
import Logging

/// Logs each request once: what, how it ended, how large. Never who or what was in it.
struct RequestLogMiddleware: RouterMiddleware {
    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(input, context)
        context.logger.log(
            level: Self.level(of: response, context.endpointPath), "Request",
            metadata: [
                "method": "\(input.method.rawValue)",
                "route": "\(context.endpointPath ?? "unknown")",
                "status": "\(response.status.code)",
                "bytesIn": "\(input.headers[.contentLength] ?? "unknown")",
                "bytesOut": "\(response.body.contentLength.map(String.init) ?? "unknown")",
            ])
        return response
    }

    /// What strangers can have without end is of interest to developers only, so that nobody fills the
    /// disk by asking. Their failed attempts are counted, and so are the lines about them.
    private static func level(of response: Response, _ route: String?) -> Logger.Level {
        let isFree = route.map { ["/healthz", "/v1/certificate"].contains($0) } ?? false
        return switch response.status.code {
        case 500...: .error
        case 401 where route == "/v1/events", 429: .debug
        default: isFree ? .debug : .info
        }
    }
}
