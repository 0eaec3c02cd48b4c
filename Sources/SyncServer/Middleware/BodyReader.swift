import Hummingbird
import NIOCore

/// Reads the bodies of requests: no more than is allowed, no slower than is bearable.
struct BodyReader: Sendable {
    /// How slow a body may come. A line that is poor for minutes is normal; one byte a minute,
    /// from many connections, is an attack.
    struct Pace: Sendable {
        /// Before they have passed, nothing is asked.
        var secondsFree: Int64 = 60
        /// From then on, for each further second.
        var bytesPerSecondMin: Int64 = 1024

        func isKept(bytes: Int, seconds: Int64) -> Bool {
            Int64(bytes) >= (seconds - secondsFree) * bytesPerSecondMin
        }
    }

    let budget: BodyBudget
    let pace: Pace
    let steadySeconds: @Sendable () -> Int64

    /// Runs `work` with the body; its bytes stay within the budget of all until that ends.
    func withBody<Result>(
        of request: Request, bytesMax: Int, _ work: ([UInt8]) async throws -> Result
    ) async throws -> Result {
        let stated = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard stated <= bytesMax else { throw Self.tooLarge(bytesMax) }
        try budget.requireRoom(for: stated)
        var taken = 0
        defer { budget.giveBack(taken) }
        var body = ByteBuffer()
        let start = steadySeconds()
        do {
            for try await part in request.body {
                let count = part.readableBytes
                guard body.readableBytes + count <= bytesMax else { throw Self.tooLarge(bytesMax) }
                try budget.take(count)
                taken += count
                body.writeImmutableBuffer(part)
                guard pace.isKept(bytes: taken, seconds: steadySeconds() - start) else {
                    throw HubError(
                        .tooSlow, "The request came too slowly.",
                        hint: "Try again where the connection is better.")
                }
            }
        } catch let error as HubError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            // The connection broke, or was closed because nothing came.
            throw HubError(.malformed, "The request ended before its body did.")
        }
        return try await work(Array(body.readableBytesView))
    }

    private static func tooLarge(_ bytesMax: Int) -> HubError {
        HubError(
            .tooLarge, "The request is larger than \(bytesMax) bytes.",
            hint: "Send fewer batches at a time.")
    }
}
