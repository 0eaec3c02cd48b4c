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

    /// What can be asked by anybody who can reach it, without end.
    private static let freeRoutes: Set = ["/healthz", "/v1/certificate", "/metrics"]

    /// What strangers can have without end is of interest to developers only, so that nobody fills
    /// the disk by asking. So is what is not there, as there are many addresses to look for it from.
    /// Other failed attempts are counted, and so are the lines about them.
    static func level(of response: Response, _ route: String?) -> Logger.Level {
        let isFree = route.map(freeRoutes.contains) ?? false
        return switch response.status.code {
        case 500...: .error
        case 401 where route == "/v1/events", 404, 429: .debug
        default: isFree ? .debug : .info
        }
    }
}
