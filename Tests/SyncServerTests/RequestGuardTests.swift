import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import SyncServer

/// What the guard lets through, part by part; with sockets it is tried in ``HostileConnectionTests``.
@Suite struct RequestGuardTests {
    private let channel = EmbeddedChannel(handler: RequestGuard())

    /// What is passed on of parts that come.
    private func read(_ parts: HTTPServerRequestPart...) throws -> [HTTPServerRequestPart] {
        for part in parts { channel.pipeline.fireChannelRead(part) }
        channel.pipeline.fireChannelReadComplete()
        var passedOn: [HTTPServerRequestPart] = []
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            passedOn.append(part)
        }
        return passedOn
    }

    private static func head(
        _ version: HTTPVersion = .http1_1, _ headers: HTTPHeaders = ["Host": "a"]
    ) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: version, method: .GET, uri: "/", headers: headers))
    }

    private func answer() throws {
        try channel.writeOutbound(
            HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }

    @Test func requestBehindTooManyEndsTheConnection() throws {
        for _ in 0..<RequestGuard.unansweredMax {
            #expect(try read(Self.head(), .end(nil)).count == 2)
        }
        try answer()
        #expect(try read(Self.head(), .end(nil)).count == 2)
        #expect(try read(Self.head(), .end(nil)).isEmpty)
        try answer()
        #expect(try read(Self.head(), .end(nil)).isEmpty)
    }

    @Test func answeredRequestsDoNotCount() throws {
        for _ in 0..<1_000 {
            #expect(try read(Self.head(), .end(nil)).count == 2)
            try answer()
        }
    }

    /// A chunk of one byte takes as much to pass on as one of a thousand.
    @Test(arguments: [(1, false), (RequestGuard.partBytesMin, true), (1000, true)])
    func bodyInCrumbsEndsTheConnection(byteCount: Int, isTaken: Bool) throws {
        let part = HTTPServerRequestPart.body(ByteBuffer(repeating: 1, count: byteCount))
        for _ in 0..<2 {
            _ = try read(Self.head())
            for _ in 0..<RequestGuard.smallPartsMax { #expect(try read(part).count == 1) }
            _ = try read(.end(nil))
        }
        _ = try read(Self.head())
        var count = 0
        for _ in 0..<4 * RequestGuard.smallPartsMax { count += try read(part).count }
        #expect((count == 4 * RequestGuard.smallPartsMax) == isTaken)
    }

    @Test func whatHTTP1_0LeavesUnsaidIsSaid() throws {
        let cases: [(HTTPVersion, HTTPHeaders, HTTPHeaders)] = [
            (.http1_1, ["Host": "a"], ["Host": "a"]),
            (.http1_1, [:], [:]),
            (.http1_1, ["Connection": "keep-alive, Close"], ["Connection": "close"]),
            (.http1_0, [:], ["Connection": "close", "Host": ""]),
            (
                .http1_0, ["Host": "a", "Connection": "keep-alive"],
                ["Host": "a", "Connection": "close"]
            ),
        ]
        for (version, headers, completed) in cases {
            #expect(try read(Self.head(version, headers)) == [Self.head(version, completed)])
            try answer()
        }
    }
}
