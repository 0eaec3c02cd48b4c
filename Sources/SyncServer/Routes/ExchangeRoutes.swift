import Hummingbird
import Model
import NIOCore

/// `POST /v1/sync`, `/v1/redeem` and `/v1/rekey`: one signed envelope in, one out; `/v1/bundles`: a
/// sealed parcel in, one out.
struct ExchangeRoutes {
    let service: ExchangeService
    let bodies: BodyReader

    /// A redemption is a token and two signatures, a request for a new key is less.
    private static let redemptionBytesMax = 32 * 1024
    private static let pieceBytesMax = 32 * 1024

    func add(to router: Router<HubRequestContext>) {
        router.post("v1/sync") { request, context in
            try await exchange(request, context, bytesMax: Limits.requestBytesMax, service.sync)
        }
        router.post("v1/redeem") { request, context in
            try await exchange(request, context, bytesMax: Self.redemptionBytesMax, service.redeem)
        }
        router.post("v1/rekey") { request, context in
            try await exchange(request, context, bytesMax: Self.redemptionBytesMax, service.rekey)
        }
        router.post("v1/bundles") { request, context in
            try await exchange(request, context, bytesMax: Limits.requestBytesMax, service.carry)
        }
    }

    private func exchange(
        _ request: Request, _ context: HubRequestContext, bytesMax: Int,
        _ answer: ([UInt8]) async throws -> [UInt8]
    ) async throws -> Response {
        let bytes = try await bodies.withBody(
            of: request, from: context.origin, bytesMax: bytesMax, answer)
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream"],
            body: Self.body(ByteBuffer(bytes: bytes)))
    }

    /// A body that goes out in pieces. A connection keeps room for the largest piece that it has ever
    /// encrypted: with whole answers many idle laptops would cost the hub megabytes each.
    private static func body(_ bytes: ByteBuffer) -> ResponseBody {
        guard bytes.readableBytes > pieceBytesMax else { return ResponseBody(byteBuffer: bytes) }
        return ResponseBody(contentLength: bytes.readableBytes) { writer in
            var rest = bytes
            while let piece = rest.readSlice(length: min(pieceBytesMax, rest.readableBytes)),
                piece.readableBytes > 0
            {
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}
