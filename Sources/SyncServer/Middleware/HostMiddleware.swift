import HTTPTypes
import Hummingbird

/// Refuses requests that name more than one host, as a proxy may have read the other one, or none
/// (RFC 9112, 3.2). Those in HTTP/1.0, as of monitors that ask for `/healthz`, need none; the
/// ``RequestGuard`` sees to that.
struct HostMiddleware: RouterMiddleware {
    func handle(
        _ input: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        guard !input.namesSeveralHosts else {
            throw HubError(.malformed, "The request names more than one host.")
        }
        guard input.head.authority != nil else {
            throw HubError(.malformed, "The request names no host.")
        }
        return try await next(input, context)
    }
}

extension Request {
    /// The first host is taken out of the headers, so one that is left is a second one.
    var namesSeveralHosts: Bool {
        HTTPField.Name("Host").map { headers.contains($0) } ?? false
    }
}
