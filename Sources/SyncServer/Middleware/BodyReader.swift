import Hummingbird
import NIOCore

/// Reads the bodies of requests: no more than is allowed, no slower than is bearable.
struct BodyReader: Sendable {
    /// How slow a body may come. A line that is poor for minutes is normal; one byte a minute,
    /// from many connections, is an attack.
    ///
    /// Each second costs so many bytes, and each byte pays for its time. A minute can be in store and
    /// no more, so that what came fast at first does not pay for hours of nearly nothing.
    struct Pace: Sendable {
        /// How long a body may stay behind: at its beginning, and again whenever it has caught up.
        var secondsFree: Int64 = 60
        var bytesPerSecondMin: Int64 = 1024

        var bytesInStoreMax: Int64 { secondsFree * bytesPerSecondMin }
    }

    /// How a body keeps its pace.
    struct Progress: Sendable {
        private let pace: Pace
        private var bytesInStore: Int64
        private var lastSeconds: Int64

        init(_ pace: Pace, startSeconds: Int64) {
            self.pace = pace
            bytesInStore = pace.bytesInStoreMax
            lastSeconds = startSeconds
        }

        /// Counts bytes that have come; returns whether that was soon enough.
        mutating func isKept(adding count: Int, atSeconds seconds: Int64) -> Bool {
            let cost = (seconds - lastSeconds) * pace.bytesPerSecondMin
            lastSeconds = seconds
            bytesInStore = min(bytesInStore - cost + Int64(count), pace.bytesInStoreMax)
            return bytesInStore >= 0
        }
    }

    let budget: BodyBudget
    let pace: Pace
    let steadySeconds: @Sendable () -> Int64

    /// Runs `work` with the body; its bytes stay within the budget of all until that ends.
    func withBody<Result>(
        of request: Request, from origin: Origin, bytesMax: Int,
        _ work: ([UInt8]) async throws -> Result
    ) async throws -> Result {
        let stated = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard stated <= bytesMax else { throw Self.tooLarge(bytesMax) }
        try budget.requireRoom(for: stated, of: origin)
        var taken = 0
        defer { budget.giveBack(taken, of: origin) }
        var body = ByteBuffer()
        var progress = Progress(pace, startSeconds: steadySeconds())
        do {
            for try await part in request.body {
                let count = part.readableBytes
                guard body.readableBytes + count <= bytesMax else { throw Self.tooLarge(bytesMax) }
                try budget.take(count, of: origin)
                taken += count
                body.writeImmutableBuffer(part)
                guard progress.isKept(adding: count, atSeconds: steadySeconds()) else {
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
