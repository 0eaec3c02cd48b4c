import Hummingbird

/// Leaves out the body of what answers `HEAD`, errors included. The length of that body may be
/// stated; the body itself would be taken for the next answer (RFC 9110, 9.3.2).
struct HeadMiddleware: RouterMiddleware {
    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(input, context)
        return input.method == .head ? response.createHeadResponse() : response
    }
}
