import HTTPTypes
import Hummingbird

/// Finds out where a request comes from, and turns away addresses from which one failed attempt
/// after the other comes.
struct FailureLimitMiddleware: RouterMiddleware {
    let limiter: FailureLimiter
    let isBehindProxy: Bool
    let nowSeconds: @Sendable () -> Int64

    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let origin = origin(of: input, context)
        guard !limiter.isBlocked(origin, nowSeconds: nowSeconds()) else {
            throw HubError(
                .tooManyRequests, "There were too many failed attempts from this address.",
                hint: "Wait a minute and try again.")
        }
        var context = context
        context.origin = origin
        do {
            return try await next(input, context)
        } catch {
            if HubError(describing: error).isSuspicious {
                limiter.recordFailure(of: origin, nowSeconds: nowSeconds())
            }
            throw error
        }
    }

    private func origin(of request: Request, _ context: HubRequestContext) -> Origin {
        if isBehindProxy, let header = HTTPField.Name("X-Forwarded-For"),
            // The last entry is the proxy's own; what stands before it anybody can write.
            let last = request.headers[header]?.split(separator: ",").last
        {
            return Origin(last)
        }
        return context.origin
    }
}
