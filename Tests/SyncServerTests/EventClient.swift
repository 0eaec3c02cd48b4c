import Model
import NIOCore
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// A device that listens to a served hub, on a socket of its own.
struct EventClient {
    let client: HostileClient

    /// What comes on a stream, as it comes.
    final class Stream {
        private var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private(set) var text = ""

        fileprivate init(_ parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) {
            self.parts = parts
        }

        /// Waits until so much has come that the text holds this; false if the stream ends before.
        func holds(_ wanted: String) async -> Bool {
            while !text.contains(wanted) {
                guard let part = try? await parts.next(isolation: #isolation) else { return false }
                text += String(buffer: part)
            }
            return true
        }

        /// Waits for the end of the stream.
        func ends() async -> Bool { await !holds("\u{0}") }

        /// Forgets what has come.
        func forget() { text = "" }
    }

    static func request(_ authorization: String?, after position: Position?) -> String {
        var lines = ["GET /v1/events HTTP/1.1", "Host: localhost"]
        if let authorization { lines.append("Authorization: \(authorization)") }
        if let position { lines.append("Last-Event-ID: \(position.eventID)") }
        return (lines + ["", ""]).joined(separator: "\r\n")
    }

    /// Asks for a challenge.
    func challenge() async throws -> ListeningChallenge {
        let text = try await client.send(
            HostileClient.request("GET /v1/events", "Connection: close")
        ).text
        #expect(text.hasPrefix("HTTP/1.1 401 "), "\(text)")
        #expect(text.contains(#""code":"challenge""#))
        let line = text.split(separator: "\r\n").first {
            $0.lowercased().hasPrefix("www-authenticate: ")
        }
        let value = try #require(line).drop { $0 != " " }.dropFirst()
        return try #require(ListeningChallenge(headerText: String(value)))
    }

    func authorization(of device: RawDevice) async throws -> String {
        ListeningProof(try await challenge(), programme: device.programme, key: device.key)
            .headerText
    }

    /// Runs the body while a device listens.
    func listening(
        as device: RawDevice, after position: Position?,
        _ body: (Stream) async throws -> Void
    ) async throws {
        try await listening(
            Self.request(try await authorization(of: device), after: position), body)
    }

    /// The same with a request as it goes over the network.
    func listening(_ request: String, _ body: (Stream) async throws -> Void) async throws {
        let channel = try await client.connect(isEncrypted: true)
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            let stream = Stream(inbound.makeAsyncIterator())
            try await body(stream)
        }
    }
}
