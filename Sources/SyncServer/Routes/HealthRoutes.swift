import Hummingbird
import NIOCore

/// `GET /healthz` and `GET /v1/certificate`.
struct HealthRoutes {
    /// Nil where a proxy holds the certificate.
    let certificatePEM: String?

    func add(to router: Router<HubRequestContext>) {
        router.get("healthz") { _, _ in "ok" }
        router.get("v1/certificate") { _, _ -> Response in
            guard let certificatePEM else {
                throw HubError(.notFound, "This hub does not hold a certificate of its own.")
            }
            return Response(
                status: .ok, headers: [.contentType: "application/x-pem-file"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: certificatePEM)))
        }
    }
}
