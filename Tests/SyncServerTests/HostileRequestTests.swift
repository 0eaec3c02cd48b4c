import Foundation
import NIOCore
import Testing

@testable import SyncServer

/// Requests that no honest program sends, over a real socket with TLS. None of them is answered
/// with 200, none with 500, and a second request that hides in the first is never answered.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileRequestTests {
    let harness: HubHarness

    init() throws {
        harness = try HubHarness()
    }

    private func expectRefused(_ text: String, _ client: HostileClient) async throws {
        let outcome = try await client.send(text)
        #expect(outcome.statuses.count <= 1, "\(text.debugDescription): \(outcome.text)")
        for status in outcome.statuses {
            #expect((400..<500).contains(status), "\(text.debugDescription): \(outcome.text)")
        }
    }

    @Test func wrongMethodsAreRefused() async throws {
        try await harness.serving { client in
            for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "BREW"] {
                try await expectRefused(
                    HostileClient.request("\(method) /v1/sync", "Connection: close"), client)
            }
            try await expectRefused("CONNECT example.org:443 HTTP/1.1\r\n\r\n", client)
            try await expectRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", client)
            try await expectRefused("GET /v1/sync\r\n\r\n", client)
        }
    }

    @Test func pathTricksLeadNowhere() async throws {
        try await harness.serving { client in
            let paths = [
                "/../hub.sqlite", "/v1/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                "/..%2f..%2ftls.key", "/v1/certificate/../../tls.key", "/v1/sync%00", "/%00",
                "//v1//sync", "/v1/sync/", "/v1/sync/x", "/V1/SYNC", "/v1/%73ync/..", "/%ff%fe",
                "/%", "/%zz", "/healthz/%2e%2e/v1/sync", "http://other.example/v1/nothing", "*",
                "/\u{202E}", "/..\\..\\tls.key", "/;/v1/sync", "/?x=/healthz", "/#/healthz",
            ]
            for path in paths {
                try await expectRefused(
                    HostileClient.request("GET \(path)", "Connection: close"), client)
            }
        }
    }

    @Test func bytesThatAreNoTextAreRefused() async throws {
        try await harness.serving { client in
            let heads: [[UInt8]] = [
                Array("GET /".utf8) + [0] + Array("healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
                Array("GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b".utf8) + [0, 13, 10, 13, 10],
                Array("GET /".utf8) + [0xFF, 0xFE] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
                [UInt8](repeating: 0xFF, count: 4096), [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3],
                [UInt8](repeating: 0, count: 100_000),
            ]
            for head in heads {
                for isEncrypted in [true, false] {
                    let outcome = try await client.send([head], isEncrypted: isEncrypted)
                    #expect(outcome.statuses.count <= 1)
                    #expect(outcome.statuses.allSatisfy { (400..<500).contains($0) })
                }
            }
        }
    }

    /// What a proxy in front of the hub might take for one request and the hub for two.
    @Test func noRequestHidesInAnother() async throws {
        let hidden = HostileClient.request("GET /healthz", "Connection: close")
        try await harness.serving { client in
            let heads = [
                ["Content-Length: 4", "Transfer-Encoding: chunked"],
                ["Transfer-Encoding: chunked", "Content-Length: 4"],
                ["Content-Length: 0", "Content-Length: 5"],
                ["Content-Length: 1, 2"], ["Content-Length: -1"], ["Content-Length: +1"],
                ["Content-Length: 0x10"], ["Content-Length: 99999999999999999999999"],
                ["Transfer-Encoding: xchunked"], ["Transfer-Encoding: chunked, identity"],
                ["Transfer-Encoding : chunked"], ["Transfer-Encoding:\u{0B}chunked"],
                [" Transfer-Encoding: chunked"], ["X: a\rTransfer-Encoding: chunked"],
                ["X: a\nContent-Length: 5\n"],
            ]
            for headers in heads {
                let text = (["POST /nowhere HTTP/1.1", "Host: a"] + headers + ["", "0\r\n\r\n"])
                    .joined(separator: "\r\n")
                let outcome = try await client.send(text + hidden)
                #expect(!outcome.statuses.contains(200), "\(headers): \(outcome.text)")
            }
            let chunk = HostileClient.request("POST /nowhere", "Transfer-Encoding: chunked")
            for size in ["-1", "+3", "0x3", "fffffffffffffffff", "3 ", ";", ""] {
                let outcome = try await client.send("\(chunk)\(size)\r\nabc\r\n0\r\n\r\n" + hidden)
                #expect(!outcome.statuses.contains(200), "\(size): \(outcome.text)")
            }
        }
    }

    /// The body of an answer to HEAD would be taken for the next answer.
    @Test func answersToHeadHaveNoBody() async throws {
        // Where much goes on at once, a good client, too, can be idle for a second.
        try await harness.serving({ $0.idleSeconds = 30 }) { client in
            let paths = [
                ("/healthz", 200), ("/v1/certificate", 200), ("/calendar/none.ics", 404),
                ("/v1/events", 404), ("/v1/sync", 404), ("/nowhere", 404),
            ]
            for (path, status) in paths {
                let next = HostileClient.request("GET /healthz", "Connection: close")
                let outcome = try await client.send(HostileClient.request("HEAD \(path)") + next)
                #expect(outcome.statuses == [status, 200], "\(path): \(outcome.text)")
                let head = outcome.text.range(of: "\r\n\r\n").map { outcome.text[$0.upperBound...] }
                #expect(head?.hasPrefix("HTTP/1.1 200") == true, "\(path): \(outcome.text)")
            }
        }
    }

    @Test func requestForTwoHostsIsRefused() async throws {
        try await harness.serving { client in
            let outcome = try await client.send(
                HostileClient.request("GET /healthz", "Host: other.example"))
            #expect(outcome.statuses == [400], "\(outcome.text)")
        }
    }

    @Test func requestForNoHostIsRefused() async throws {
        try await harness.serving { client in
            let outcome = try await client.send(
                "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(outcome.statuses == [400], "\(outcome.text)")
        }
    }

    /// Monitors ask like this, and take the end of the connection for that of the answer.
    @Test(arguments: [
        "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        HostileClient.request("GET /healthz", "Connection: Close"),
        HostileClient.request("GET /healthz", "Connection: te, close"),
    ])
    func connectionEndsWithTheAnswer(request: String) async throws {
        try await harness.serving({ $0.idleSeconds = 60 }) { client in
            let outcome = try await client.send(request + HostileClient.request("GET /healthz"))
            #expect(outcome.statuses == [200], "\(outcome.text)")
            #expect(outcome.seconds < 20)
        }
    }

    /// The other end says that it is finished before it is.
    @Test(arguments: [true, false]) func halfARequestIsNoRequest(isEncrypted: Bool) async throws {
        try await harness.serving { client in
            let text = HostileClient.request(
                "POST /v1/sync", "Content-Length: 100", body: "not as much as that")
            for cut in [1, 20, text.utf8.count] {
                let channel = try await client.connect(isEncrypted: isEncrypted)
                let answer = try? await channel.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: String(text.prefix(cut))))
                    outbound.finish()
                    var answer = ""
                    for try await part in inbound { answer += String(buffer: part) }
                    return answer
                }
                #expect(answer?.contains("200 OK") != true)
            }
        }
    }
}
