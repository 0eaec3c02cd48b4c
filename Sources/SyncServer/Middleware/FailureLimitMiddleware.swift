import HTTPTypes
import Hummingbird

/// Turns away addresses from which one failed attempt after the other comes.
struct FailureLimitMiddleware: RouterMiddleware {
    let limiter: FailureLimiter
    let isBehindProxy: Bool
    let nowSeconds: @Sendable () -> Int64

    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let address = address(of: input, context)
        guard !limiter.isBlocked(address, nowSeconds: nowSeconds()) else {
            throw HubError(
                .tooManyRequests, "There were too many failed attempts from this address.",
                hint: "Wait a minute and try again.")
        }
        do {
            return try await next(input, context)
        } catch {
            if HubError(describing: error).isSuspicious {
                limiter.recordFailure(of: address, nowSeconds: nowSeconds())
            }
            throw error
        }
    }

    private func address(of request: Request, _ context: HubRequestContext) -> String {
        if isBehindProxy, let header = HTTPField.Name("X-Forwarded-For"),
            // The last entry is the proxy's own; what stands before it anybody can write.
            let last = request.headers[header]?.split(separator: ",").last
        {
            return String(last.prefix(64)).trimmingPrefix(" ").description
        }
        return context.remoteAddress ?? "unknown"
    }
}
