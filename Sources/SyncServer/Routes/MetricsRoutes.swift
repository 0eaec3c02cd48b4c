import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics`, for a Prometheus on the hub's own computer.
///
/// A hub may be open to the internet, and how much goes on in a programme is nobody's business
/// there. So the page is not there for connections from elsewhere, nor for what a proxy passes on,
/// whose connections come from this computer, too.
struct MetricsRoutes {
    let service: ExchangeService

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    func add(to router: Router<HubRequestContext>) {
        router.get("metrics") { request, context -> Response in
            guard Self.isLocal(context.remoteAddress, request.headers) else {
                throw HubError(.notFound, "There is nothing at this address.")
            }
            return Response(
                status: .ok, headers: [.contentType: Self.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: service.metricsText)))
        }
    }

    /// Headers by which proxies say for whom they ask.
    private static let proxyHeaders = ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"]
        .compactMap { HTTPField.Name($0) }

    /// Whether somebody on this computer asks for themselves.
    static func isLocal(_ address: String?, _ headers: HTTPFields) -> Bool {
        guard let address else { return false }
        let mapped = "::ffff:"
        let host = address.hasPrefix(mapped) ? String(address.dropFirst(mapped.count)) : address
        return ListenAddress(host: host, port: 0).isLoopback
            && !proxyHeaders.contains { headers.contains($0) }
    }
}
