import Foundation
import Testing

@testable import SyncClient

@Suite struct TransportTests {
    // MARK: Addresses

    @Test(arguments: [
        ("https://hub.example.org", "hub.example.org", true),
        ("https://hub.example.org:8470/", "hub.example.org", true),
        ("https://[::1]:8470", "::1", true), ("http://127.0.0.1:8470", "127.0.0.1", false),
        ("http://localhost", "localhost", false), ("http://[::1]:1", "::1", false),
        ("HTTPS://Hub.example.org", "Hub.example.org", true),
    ])
    func addressesAreRead(text: String, host: String, isEncrypted: Bool) throws {
        let address = try HubAddress(text, trusted: "")
        #expect(address.host == host)
        #expect(address.isEncrypted == isEncrypted)
        #expect(!address.text.hasSuffix("/"))
    }

    @Test(arguments: [
        "", "hub", "hub.example.org:8470", "ftp://hub", "https://", "https://a/b", "https://a?b",
        "https://u@a", "https://a:99999", "http://hub.example.org", "http://127.0.0.1.evil.org",
        "http://1270.0.0.1", "http://localhost.evil.org", "https://[]:8470/", "https://[]",
    ])
    func otherTextsAreRefused(text: String) {
        #expect(throws: CommandFailure.self) { try HubAddress(text, trusted: "") }
    }

    @Test func readableForAllIsWhatASignedInvitationSays() throws {
        let url = "http://hub.example.org:8470"
        #expect(try !HubAddress(url, trusted: url).isEncrypted)
        #expect(try !HubAddress(url + "/", trusted: url).isEncrypted)
        #expect(throws: CommandFailure.self) {
            try HubAddress("http://other.example.org", trusted: url)
        }
    }

    /// Whoever knows the hub by its TLS key sends nothing in clear, whatever the invitation says.
    @Test func nothingGoesOverAnOpenLineToAHubWithAKey() throws {
        let (open, own) = ("http://hub.example.org:8470", "http://127.0.0.1:8470")
        #expect(throws: CommandFailure.self) { try HubAddress(open, trusted: open, pin: [1]) }
        #expect(try !HubAddress(open, trusted: open, pin: nil).isEncrypted)
        #expect(try !HubAddress(own, trusted: own, pin: [1]).isEncrypted)
        #expect(throws: CommandFailure.self) {
            try HubAddress(own, trusted: "https://127.0.0.1:8470", pin: [1])
        }
    }

    // MARK: Retries

    @Test func lostConnectionsAreTriedAgainAFewTimesAndSoon() {
        var policy = RetryPolicy()
        var delays: [Duration] = []
        while let delay = policy.delay(after: .connection) { delays.append(delay) }
        #expect(delays == [.milliseconds(250), .seconds(1)])
        #expect(policy.attemptCount == RetryPolicy.attemptsMax)
        #expect(policy.delay(after: .busy) == nil)
    }

    @Test func aBusyHubIsGivenTime() {
        var policy = RetryPolicy()
        #expect(policy.delay(after: .busy) == .seconds(1))
        #expect(policy.delay(after: .busy) == .seconds(2))
        #expect(policy.delay(after: .busy) == nil)
    }

    // MARK: What the hub says

    private func answer(_ body: String, status: Int = 403) -> HubFailure.Answer? {
        HubFailure.Answer(status: status, body: Array(body.utf8))
    }

    @Test func theHubsErrorBecomesAFailure() throws {
        let text = #"{"error":{"code":"unknownDevice","message":"Who?","hint":"Ask."}}"#
        let failure = try #require(answer(text)).commandFailure
        #expect(failure.exitCode == 77)
        #expect(failure.code == "unknownDevice")
        #expect(failure.message == "Who?")
        #expect(failure.hint == "Ask.")
    }

    /// The hub does not know which command helps on the laptop.
    @Test func aRefusedInvitationHasTheLaptopsHint() throws {
        let text = #"{"error":{"code":"tokenUsed","message":"It was used.","hint":"Ask."}}"#
        let failure = try #require(answer(text)).commandFailure
        #expect(failure.exitCode == 65)
        #expect(failure.message == "It was used.")
        #expect(failure.hint?.contains("waymark join NEWTOKEN in this folder") == true)
    }

    @Test(arguments: [
        "", "{}", "<html>", "[]", #"{"error":"no"}"#, #"{"error":{"code":"x"}}"#,
        #"{"error":{"code":"a b","message":"m"}}"#, #"{"error":{"code":"","message":"m"}}"#,
    ])
    func otherBodiesAreNoAnswerOfAHub(body: String) {
        #expect(answer(body) == nil)
    }

    @Test func anUnknownCodeOfALaterHubIsARefusal() throws {
        let text = #"{"error":{"code":"someNewCode","message":"Something new."}}"#
        let failure = try #require(answer(text)).commandFailure
        #expect(failure.exitCode == 1)
        #expect(failure.hint != nil)
    }

    // MARK: Nobody answers

    /// A port of this computer, and the listener behind it, which accepts nothing by itself.
    private func listen() throws -> (listener: Int32, port: UInt16) {
        #if canImport(Darwin)
            let stream = SOCK_STREAM
        #else
            let stream = Int32(SOCK_STREAM.rawValue)
        #endif
        let listener = socket(AF_INET, stream, 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutableBytes(of: &name) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
                return false
            }
            return bind(listener, start, size) == 0 && Foundation.listen(listener, 16) == 0
                && getsockname(listener, start, &size) == 0
        }
        try #require(isListening)
        return (listener, UInt16(bigEndian: name.sin_port))
    }

    /// The kernel takes the connections of a listener that accepts none.
    @Test(.timeLimit(.minutes(10))) func whoeverNeverAnswersIsLeftAfterAWhile() async throws {
        let (listener, port) = try listen()
        defer { close(listener) }
        let address = try HubAddress("http://127.0.0.1:\(port)", trusted: "")
        let transport = HTTPHubTransport(silence: .milliseconds(200))
        await #expect(throws: HubFailure.silent(address)) {
            try await transport.greet(address, pin: nil)
        }
    }

    /// As a hub does that has as many connections as it takes; and a program that speaks without TLS.
    @Test(.timeLimit(.minutes(10)), arguments: [nil, "HTTP/1.1 200 OK\r\n\r\n"])
    func whoeverClosesIsAwayAndNotAFalseHub(says: String?) async throws {
        let (listener, port) = try listen()
        Thread.detachNewThread {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                if let says {
                    // What came is read first; else the end would be a reset.
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    _ = read(connection, &bytes, bytes.count)
                    _ = write(connection, says, says.utf8.count)
                }
                close(connection)
            }
        }
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        let address = try HubAddress("https://127.0.0.1:\(port)", trusted: "")
        let failure = says == nil ? HubFailure.unreachable(address) : HubFailure.garbage(address)
        await #expect(throws: failure) {
            try await HTTPHubTransport().greet(address, pin: [UInt8](repeating: 1, count: 32))
        }
    }

    @Test func aFullDiskOfTheHubIsTheHubsTrouble() throws {
        let text = #"{"error":{"code":"fileFailed","message":"x"}}"#
        let failure = try #require(answer(text, status: 500)).commandFailure
        #expect(failure.exitCode == 69)
        #expect(failure.message == "The hub's disk is full; your work is saved.")
    }
}
