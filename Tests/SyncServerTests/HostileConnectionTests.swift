import NIOCore
import Testing

@testable import SyncServer

/// Strangers against a hub that serves with TLS on a real socket. Whatever they do, it ends their
/// connection in bounded time and serves the others.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileConnectionTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    private func serving(
        _ change: (inout HubConfiguration) -> Void = { _ in },
        _ body: (HostileClient) async throws -> Void
    ) async throws {
        try await harness.serving(change, body)
    }

    // MARK: Slow ones

    @Test func whoSaysNothingIsSentAway() async throws {
        try await serving { client in
            for isEncrypted in [false, true] {
                let outcome = try await client.send([], isEncrypted: isEncrypted)
                #expect(outcome.text.isEmpty)
                #expect(outcome.seconds < 20)
            }
        }
    }

    @Test func headersThatNeverEndAreCutOff() async throws {
        try await serving { client in
            let head = String(HostileClient.request("GET /healthz", "X-A: b").dropLast(4))
            let pieces = [head] + Array(repeating: "y", count: 500)
            let outcome = try await client.send(
                pieces.map { Array($0.utf8) }, every: .milliseconds(100))
            #expect(outcome.seconds < 20)
            #expect(!outcome.statuses.contains(200))
        }
    }

    @Test func bodyThatComesTooSlowlyIsTurnedAway() async throws {
        try await serving {
            $0.pace = BodyReader.Pace(secondsFree: 1, bytesPerSecondMin: 1024)
            // It is the pace that ends it, not a pause between two pieces.
            $0.idleSeconds = 60
        } _: { client in
            let head = HostileClient.request("POST /v1/sync", "Content-Length: 1000")
            let pieces = [head] + Array(repeating: "y", count: 999)
            let outcome = try await client.send(
                pieces.map { Array($0.utf8) }, every: .milliseconds(100))
            #expect(outcome.statuses == [408], "\(outcome.text)")
            #expect(outcome.text.contains("tooSlow"))
            #expect(outcome.seconds < 20)
        }
    }

    /// Nearly all at once, and then a byte now and then: that the beginning was fast does not count.
    @Test func bodyThatDripsAtItsEndIsTurnedAway() async throws {
        try await serving {
            $0.pace = BodyReader.Pace(secondsFree: 1, bytesPerSecondMin: 1024)
            $0.idleSeconds = 60
        } _: { client in
            let head = HostileClient.request("POST /v1/sync", "Content-Length: 1000000")
            let burst = String(repeating: "y", count: 999_000)
            let pieces = [head, burst] + Array(repeating: "y", count: 300)
            let outcome = try await client.send(
                pieces.map { Array($0.utf8) }, every: .milliseconds(100))
            #expect(outcome.statuses == [408], "\(outcome.text)")
            #expect(outcome.seconds < 20)
        }
    }

    /// They would hold the room that the body has taken.
    @Test func trailersThatNeverEndAreCutOff() async throws {
        try await serving { client in
            let head = HostileClient.request("POST /v1/sync", "Transfer-Encoding: chunked")
            let pieces =
                [head, "3\r\nabc\r\n", "0\r\n", "X-A: "] + Array(repeating: "y", count: 500)
            let outcome = try await client.send(
                pieces.map { Array($0.utf8) }, every: .milliseconds(100))
            #expect(outcome.seconds < 20)
        }
    }

    @Test func whoDoesNotReadTheAnswersIsSentAway() async throws {
        // An answer that no buffer on the way can hold.
        let identity = try TLSIdentity.make(host: "localhost")
        let line = String(repeating: " ", count: 99) + "\n"
        let longIdentity = TLSIdentity(
            certificatePEM: identity.certificatePEM + String(repeating: line, count: 160_000),
            privateKeyPEM: identity.privateKeyPEM, pin: identity.pin)
        try await serving {
            $0.connectionsOfAddressMax = 1
            $0.tls = longIdentity
        } _: { client in
            let channel = try await client.connect(isEncrypted: true)
            try await channel.executeThenClose { _, outbound in
                let request = HostileClient.request("GET /v1/certificate")
                try? await outbound.write(ByteBuffer(string: request))
                // The only place is taken until the hub gives up on this one.
                var outcome = HostileClient.Outcome()
                for _ in 0..<200 where outcome.statuses != [200] {
                    outcome = try await client.send(
                        HostileClient.request("GET /healthz", "Connection: close"))
                    try await channel.channel.eventLoop.scheduleTask(in: .milliseconds(100)) {}
                        .futureResult.get()
                }
                #expect(outcome.statuses == [200])
            }
        }
    }

    // MARK: Many and large ones

    /// Each request that waits for its turn takes memory, and its answer takes time from others.
    @Test(arguments: [
        HostileClient.request("GET /"), HostileClient.request("GET /healthz"),
        HostileClient.request("GET /v1/certificate"), HostileClient.request("GET /metrics"),
        HostileClient.request("POST /v1/sync", "Content-Length: 1", body: "x"),
        HostileClient.request("POST /", "Transfer-Encoding: chunked", body: "0\r\n\r\n"),
    ])
    func whoAsksFarAheadIsSentAway(request: String) async throws {
        try await serving {
            $0.idleSeconds = 60
        } _: { client in
            let outcome = try await client.send(String(repeating: request, count: 5_000))
            #expect(outcome.statuses.count <= RequestGuard.unansweredMax, "\(outcome.text)")
            #expect(outcome.seconds < 20)
        }
    }

    @Test func bodyInCrumbsIsCutOff() async throws {
        try await serving {
            $0.idleSeconds = 60
        } _: { client in
            let head = HostileClient.request("POST /v1/sync", "Transfer-Encoding: chunked")
            let outcome = try await client.send(
                head + String(repeating: "1\r\nx\r\n", count: 100_000))
            #expect(outcome.statuses.isEmpty, "\(outcome.text)")
            #expect(outcome.seconds < 20)
        }
    }

    @Test func whoAsksALittleAheadIsAnswered() async throws {
        try await serving {
            $0.idleSeconds = 60
        } _: { client in
            let count = RequestGuard.unansweredMax - 1
            let requests = String(repeating: HostileClient.request("GET /healthz"), count: count)
            let last = HostileClient.request("GET /v1/certificate", "Connection: close")
            let outcome = try await client.send(requests + last)
            #expect(outcome.statuses == Array(repeating: 200, count: count + 1))
        }
    }

    @Test func oneAddressHasSoManyConnectionsAndNoMore() async throws {
        try await serving {
            $0.connectionsOfAddressMax = 3
            $0.idleSeconds = 60
        } _: { client in
            let held = try await withThrowingTaskGroup(of: HostileClient.Outcome.self) { group in
                for _ in 0..<10 { group.addTask { try await client.send([], isEncrypted: false) } }
                // Those beyond the ceiling are closed at once, the others only when this ends.
                for _ in 0..<7 { _ = try await group.next() }
                group.cancelAll()
                return 3
            }
            #expect(held == 3)
        }
    }

    /// Bytes count when they come, so an announcement keeps nobody else out.
    @Test func announcedBodiesTakeNoRoom() async throws {
        try await serving {
            $0.bodyBytesMax = 20_000_000
            $0.idleSeconds = 20
        } _: { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for header in ["Content-Length: 16000000", "Transfer-Encoding: chunked"] {
                    for _ in 0..<4 {
                        group.addTask {
                            _ = try await client.send(
                                HostileClient.request("POST /v1/sync", header))
                        }
                    }
                }
                let other = try await client.send(
                    HostileClient.request("POST /v1/sync", "Content-Length: 3", body: "abc"))
                #expect(other.statuses.first == 400, "\(other.text)")
                group.cancelAll()
            }
        }
    }

    @Test(arguments: [("/v1/sync", 413), ("/v1/redeem", 413), ("/nowhere", 404), ("/healthz", 404)])
    func bodiesWithoutEndAreCutOff(path: String, status: Int) async throws {
        try await serving { client in
            let head = HostileClient.request("POST \(path)", "Transfer-Encoding: chunked")
            let chunk = "10000\r\n" + String(repeating: "z", count: 0x10000) + "\r\n"
            let pieces = [Array(head.utf8)] + Array(repeating: Array(chunk.utf8), count: 20_000)
            let outcome = try await client.send(pieces)
            // What is still on its way when the hub closes can take its answer along.
            #expect(outcome.statuses == [status] || outcome.statuses.isEmpty)
            #expect(outcome.seconds < 60)
        }
    }

    @Test func hugeHeadersAndPathsAreTurnedAway() async throws {
        try await serving { client in
            let long = String(repeating: "a", count: 200_000)
            let many = (0..<2_000).map { "X-\($0): y" }.joined(separator: "\r\n")
            for text in [
                HostileClient.request("GET /\(long)"),
                HostileClient.request("GET /healthz", "X-A: \(long)"),
                HostileClient.request("GET /healthz", many),
                HostileClient.request("GET /healthz?\(long)"),
            ] {
                let outcome = try await client.send(text)
                #expect(!outcome.statuses.contains(200))
                #expect(outcome.statuses.count <= 1)
            }
        }
    }
}
