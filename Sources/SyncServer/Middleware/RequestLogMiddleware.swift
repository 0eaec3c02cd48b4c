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
            level: response.status.code >= 500 ? .error : .info, "Request",
            metadata: [
                "method": "\(input.method.rawValue)",
                "route": "\(context.endpointPath ?? "unknown")",
                "status": "\(response.status.code)",
                "bytesIn": "\(input.headers[.contentLength] ?? "unknown")",
                "bytesOut": "\(response.body.contentLength.map(String.init) ?? "unknown")",
            ])
        return response
    }
}
