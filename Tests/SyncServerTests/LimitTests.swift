import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import SyncServer

/// How much one address may have of the hub, and how slowly.
@Suite struct LimitTests {
    // MARK: Pace

    /// Whether each of the bytes came soon enough.
    private func keeps(_ bytes: [(count: Int, second: Int64)]) -> [Bool] {
        var progress = BodyReader.Progress(BodyReader.Pace(), startSeconds: 0)
        return bytes.map { progress.isKept(adding: $0.count, atSeconds: $0.second) }
    }

    @Test func poorLineIsNoAttack() {
        // All of a minute's bytes at its end, or some every second.
        #expect(!keeps((1...100).map { (60 * 1024, $0 * 60) }).contains(false))
        #expect(!keeps((1...6_000).map { (1024, $0) }).contains(false))
    }

    @Test func firstMinuteIsFree() {
        #expect(keeps([(1, 60), (1, 70)]) == [true, false])
    }

    @Test func fastBeginningPaysForAMinuteOnly() {
        #expect(keeps([(16_000_000, 5), (1, 50), (1, 95)]) == [true, true, false])
    }

    // MARK: Room

    @Test func oneAddressHasHalfOfTheRoom() throws {
        let budget = BodyBudget(bytesMax: 100)
        let (greedy, other) = (Origin("192.0.2.1"), Origin("192.0.2.2"))
        try budget.take(50, of: greedy)
        #expect(throws: HubError.self) { try budget.take(1, of: greedy) }
        #expect(throws: HubError.self) { try budget.requireRoom(for: 1, of: greedy) }
        try budget.take(50, of: other)
        #expect(throws: HubError.self) { try budget.requireRoom(for: 1) }
        budget.giveBack(50, of: greedy)
        budget.giveBack(50, of: other)
        try budget.take(50, of: greedy)
    }

    // MARK: Addresses

    @Test func whatAHouseholdChoosesIsNoOtherAddress() {
        let groups = [
            [
                "192.0.2.1", " 192.0.2.1", "192.0.2.1:4711", "::ffff:192.0.2.1",
                "[::ffff:192.0.2.1]:1",
            ],
            [
                "2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", "[2001:db8:1:2::7]:443",
                "[2001:db8:1:2::8]",
            ],
            ["2001:db8:1:3::1"], ["192.0.2.2"], ["unknown"], ["_hidden"], [""],
        ]
        for group in groups { #expect(Set(group.map { Origin($0) }).count == 1, "\(group)") }
        #expect(Set(groups.flatMap { $0 }.map { Origin($0) }).count == groups.count)
    }

    @Test func connectionsOfVersion4AreApartWhereTheHubListensOnBoth() throws {
        let first = try SocketAddress(ipAddress: "::ffff:192.0.2.1", port: 1)
        let second = try SocketAddress(ipAddress: "::ffff:192.0.2.2", port: 1)
        #expect(Origin(first) != Origin(second))
        #expect(Origin(first) == Origin(try SocketAddress(ipAddress: "192.0.2.1", port: 2)))
    }

    @Test func failedAttemptsOfAHouseholdCountTogether() async throws {
        try await withHub {
            $0.failures.failuresMax = 3
        } _: { client, _ in
            for attempt in 0..<5 {
                try await client.execute(
                    uri: "/v1/sync", method: .post,
                    headers: Self.forwarded("2001:db8::\(attempt + 1)"),
                    body: ByteBuffer(bytes: [9])
                ) { response in
                    #expect(response.status.code == (attempt < 3 ? 400 : 429))
                }
            }
        }
    }

    // MARK: Log

    @Test func whoIsTurnedAwayOrAsksForHealthFillsNoLog() async throws {
        try await withHub {
            $0.failures.failuresMax = 1
        } _: { client, lines in
            for _ in 0..<20 {
                try await client.execute(uri: "/healthz", method: .get) { _ in }
                try await client.execute(uri: "/v1/events", method: .get) { _ in }
                try await client.execute(
                    uri: "/v1/sync", method: .post, headers: Self.forwarded("192.0.2.7"),
                    body: ByteBuffer(bytes: [9])
                ) { _ in }
            }
            #expect(lines().count == 2, "\(lines())")
        }
    }

    /// A browser looks for an icon unasked; whoever goes on looking is a failed attempt each time.
    @Test func whoLooksForWhatIsNotThereIsSlowedDownAndFillsNoLog() async throws {
        try await withHub {
            $0.failures.failuresMax = 3
        } _: { client, lines in
            for attempt in 0..<6 {
                try await client.execute(
                    uri: "/nothing/\(attempt)", method: .get,
                    headers: Self.forwarded("192.0.2.8")
                ) { response in
                    #expect(response.status.code == (attempt < 3 ? 404 : 429))
                }
                try await client.execute(
                    uri: "/favicon.ico", method: .get,
                    headers: Self.forwarded("192.0.2.\(100 + attempt)")
                ) { #expect($0.status == .notFound) }
            }
            #expect(lines().isEmpty, "\(lines())")
        }
    }

    @Test func whatAnybodyMayAskIsForDevelopers() {
        for (route, status, level) in [
            ("/healthz", .ok, .debug), ("/v1/certificate", .ok, .debug), ("/metrics", .ok, .debug),
            ("/calendar/{name}", .notFound, .debug), (nil, .notFound, .debug),
            ("/v1/sync", .tooManyRequests, .debug), ("/v1/sync", .ok, .info),
            ("/v1/sync", .badRequest, .info), ("/metrics", .internalServerError, .error),
        ] as [(String?, HTTPResponse.Status, Logger.Level)] {
            #expect(RequestLogMiddleware.level(of: Response(status: status), route) == level)
        }
    }

    @Test func fullDiskIsToldInWords() {
        let failure = HubError(.fileFailed, "The hub's disk is full.", hint: "Free some space.")
        #expect(
            failure.logMetadata == [
                "code": "fileFailed", "reason": "The hub's disk is full.",
                "hint": "Free some space.",
            ])
        #expect(HubError(.tokenUsed, "It was used.").logMetadata == ["code": "tokenUsed"])
    }

    private static func forwarded(_ address: String) -> HTTPFields {
        HTTPField.Name("X-Forwarded-For").map { [$0: address] } ?? [:]
    }

    /// A hub behind a proxy, and the lines of its log about requests.
    private func withHub(
        _ change: (inout HubConfiguration) -> Void,
        _ body:
            @escaping @Sendable (any TestClientProtocol, @Sendable () -> [String]) async throws
            -> Void
    ) async throws {
        let harness = try HubHarness()
        var configuration = HubConfiguration(
            now: { [time = harness.time] in time }, steadySeconds: { 0 })
        configuration.isBehindProxy = true
        change(&configuration)
        let lines = LogLines()
        let logger = Logger(label: "hub") { label in
            JSONLogHandler(
                label: label, now: { Date(timeIntervalSince1970: 0) },
                sink: { line in lines.all.withLock { $0.append(line) } })
        }
        let application = try buildApplication(harness.hub, configuration, logger: logger)
        try await application.test(.router) { client in
            try await body(client) {
                lines.all.withLock { $0 }.filter { $0.contains("\"message\":\"Request") }
            }
        }
    }

    private final class LogLines: Sendable {
        let all = Mutex<[String]>([])
    }
}
