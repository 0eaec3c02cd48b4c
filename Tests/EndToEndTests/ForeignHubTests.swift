import Foundation
import Testing

/// What answers in the hub's place gets nothing and changes nothing.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ForeignHubTests {
    @Test func hubWithAnotherKeyGetsNothing() async throws {
        let programme = try await Programme.start()
        let other = try await Programme.start()
        let carla = try await programme.people().carla
        try await carla("task", "add", "Secret")
        let run = try await carla.run(["sync", "--hub", other.hub.url, "--json"])
        #expect(run.status == 1)
        #expect(try Document(reading: run.output)["error"]["code"] == "wrongHub")
        let status = try await Programme.administer("status", "--data", other.hubFolder)
        #expect(status["batches"] == 1, "the other hub holds its own invitation, nothing else")

        // The address of the right hub is still known.
        #expect(try await carla("sync")["pushed"]["batches"] == 1)
        try await carla.expectLevel()
        try await programme.stop()
        try await other.stop()
    }

    /// What stands in a hub's place, and what the program makes of it.
    struct Rubbish: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let answer: String
        let status: Int32
        let code: String

        init(_ name: String, _ lines: String..., status: Int32, code: String) {
            testDescription = name
            answer = lines.joined(separator: "\r\n")
            self.status = status
            self.code = code
        }

        static let all = [
            Rubbish(
                "a text", "HTTP/1.1 200 OK", "Content-Length: 5", "Connection: close", "", "hello",
                status: 1, code: "badAnswer"),
            Rubbish(
                "a page", "HTTP/1.1 200 OK", "Content-Type: text/html", "Connection: close", "",
                "<h1>Log in</h1>", status: 1, code: "badAnswer"),
            Rubbish(
                "a redirection", "HTTP/1.1 302 Found", "Location: /login", "Content-Length: 0",
                "Connection: close", "", "", status: 1, code: "badAnswer"),
            Rubbish(
                "a broken server", "HTTP/1.1 500 Oops", "Content-Length: 0", "Connection: close",
                "", "", status: 1, code: "badAnswer"),
            Rubbish(
                "a proxy whose hub is away", "HTTP/1.1 503 Service Unavailable",
                "Content-Length: 0", "Connection: close", "", "", status: 69, code: "hubBusy"),
            Rubbish(
                "another protocol", "SSH-2.0-OpenSSH_9.2", "", status: 1, code: "badAnswer"),
            Rubbish("silence", "", status: 69, code: "hubUnreachable"),
        ]
    }

    @Test(arguments: Rubbish.all)
    func rubbishIsToldAndWorkIsKept(rubbish: Rubbish) async throws {
        // Behind a proxy, because whoever has a pin does not talk over an open line at all.
        let scratch = try Scratch()
        let folder = scratch.path("hub")
        let made = try await Programme.administer(
            "init", "--data", folder, "--name", "Riverside", "--admin-email",
            "amina@example.org", "--url", "http://127.0.0.1:1", "--behind-proxy")
        let amina = Laptop(home: scratch.path("Amina"))
        let token = made["invitation"]["token"].string
        #expect(try await amina("join", token, "--name", "Amina")["state"] == "pending")
        try await amina("journal", "write", "Kept")
        let unsent = try await amina("status")["unsent"]
        #expect(unsent["records"] == 2)
        let server = try RubbishServer(answer: rubbish.answer)
        let run = try await amina.run(["sync", "--hub", server.url, "--json"])
        server.stop()
        #expect(run.status == rubbish.status, "\(run)")
        #expect(try Document(reading: run.output)["error"]["code"].string == rubbish.code)
        #expect(try await amina("status")["unsent"] == unsent)
        let hub = try await ServedHub.start(folder, options: ["--behind-proxy", "--no-tls"])
        #expect(try await amina("sync", "--hub", hub.url)["pushed"]["batches"] == 1)
        try await amina.expectLevel()
        #expect(try await hub.stop().status == 0)
    }

    @Test func aPinnedHomeDoesNotTalkOverAnOpenLine() async throws {
        let programme = try await Programme.start()
        let carla = try await programme.people().carla
        let server = try RubbishServer(answer: "")
        let run = try await carla.run(["sync", "--hub", server.url, "--json"])
        server.stop()
        #expect(run.status == 64)
        #expect(try Document(reading: run.output)["error"]["code"] == "invalidURL")
        try await carla("sync")
        try await programme.stop()
    }
}

/// Listens on a free port of this machine and answers everything with the same bytes.
final class RubbishServer: Sendable {
    let url: String
    private let listener: Int32

    init(answer: String) throws {
        #if os(Linux)
            let (stream, quietly) = (Int32(SOCK_STREAM.rawValue), Int32(MSG_NOSIGNAL))
        #else
            let (stream, quietly) = (SOCK_STREAM, Int32(0))
        #endif
        let listener = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
                return false
            }
            return bind(listener, start, size) == 0 && listen(listener, 16) == 0
                && getsockname(listener, start, &size) == 0
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let server = Thread {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                var request = [UInt8](repeating: 0, count: 65_536)
                _ = recv(connection, &request, request.count, 0)
                let bytes = Array(answer.utf8)
                _ = send(connection, bytes, bytes.count, quietly)
                close(connection)
            }
        }
        server.start()
    }

    /// Ends the thread, which waits for a connection.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}
