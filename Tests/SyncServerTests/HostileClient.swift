import Hummingbird
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import SyncServer

/// Somebody on the network who says to a hub what they like, in TLS or beneath it.
struct HostileClient: Sendable {
    let port: Int

    /// What came back, until the hub closed the connection.
    struct Outcome: Sendable {
        var text = ""
        var seconds = 0.0

        /// The status of each answer.
        var statuses: [Int] {
            text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: false).dropFirst()
                .compactMap { Int($0.prefix(3)) }
        }
    }

    /// A request of these lines.
    static func request(_ line: String, _ headers: String..., body: String = "") -> String {
        (["\(line) HTTP/1.1", "Host: localhost"] + headers + ["", body]).joined(separator: "\r\n")
    }

    /// Sends a text and reads until the hub closes the connection.
    func send(_ text: String, isEncrypted: Bool = true) async throws -> Outcome {
        try await send([Array(text.utf8)], isEncrypted: isEncrypted)
    }

    /// Sends pieces, with pauses between them, and reads until the hub closes the connection.
    func send(
        _ pieces: some Sequence<[UInt8]> & Sendable, every pause: TimeAmount? = nil,
        isEncrypted: Bool = true
    ) async throws -> Outcome {
        let start = ContinuousClock.now
        let channel = try await connect(isEncrypted: isEncrypted)
        var outcome = Outcome()
        do {
            outcome.text = try await channel.executeThenClose { inbound, outbound in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // The other end may have had enough of it.
                        try? await Self.write(pieces, to: outbound, every: pause, channel.channel)
                    }
                    var bytes: [UInt8] = []
                    do {
                        for try await part in inbound { bytes += Array(part.readableBytesView) }
                    } catch {
                        // Closed with something unread on its side: the end of it, too.
                    }
                    group.cancelAll()
                    return String(decoding: bytes, as: UTF8.self)
                }
            }
        } catch {
            // The connection was closed before it could be closed here.
        }
        outcome.seconds = (ContinuousClock.now - start) / .seconds(1)
        return outcome
    }

    private static func write(
        _ pieces: some Sequence<[UInt8]>, to outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        every pause: TimeAmount?, _ channel: any Channel
    ) async throws {
        for piece in pieces {
            try Task.checkCancellation()
            try await outbound.write(ByteBuffer(bytes: piece))
            guard let pause else { continue }
            try await channel.eventLoop.scheduleTask(in: pause) {}.futureResult.get()
        }
    }

    /// Opens a connection on which nothing is said and nothing is read.
    func connect(
        isEncrypted: Bool = false
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isEncrypted {
                        var configuration = TLSConfiguration.makeClientConfiguration()
                        configuration.certificateVerification = .none
                        let handler = try NIOSSLClientHandler(
                            context: NIOSSLContext(configuration: configuration),
                            serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }
}

extension HubHarness {
    /// Serves while `body` runs; afterwards a hub in good order must still be there.
    func serving(
        _ change: (inout HubConfiguration) -> Void = { _ in },
        _ body: (HostileClient) async throws -> Void
    ) async throws {
        let start = ContinuousClock.now
        var configuration = HubConfiguration(
            now: { [time] in time },
            steadySeconds: { Int64((ContinuousClock.now - start) / .seconds(1)) })
        configuration.listen = ListenAddress(host: "127.0.0.1", port: 0)
        configuration.tls = try TLSIdentity.make(host: "localhost")
        configuration.idleSeconds = 1
        configuration.failures.failuresMax = 1000
        change(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, ready) = AsyncStream<Int>.makeStream()
        let application = try buildApplication(hub, configuration, logger: logger) {
            ready.yield($0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let client = HostileClient(port: try #require(await iterator.next()))
            try await body(client)
            let question = HostileClient.request("GET /healthz", "Connection: close")
            var health = try await client.send(question)
            // Where much goes on at once, a good client, too, can be idle for too long.
            for _ in 0..<10 where health.statuses.isEmpty {
                health = try await client.send(question)
            }
            #expect(health.statuses == [200], "\(health.text)")
            group.cancelAll()
            // A server that was cancelled says so.
            try? await group.waitForAll()
        }
    }
}
