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
        let text = #"{"error":{"code":"tokenUsed","message":"It was used.","hint":"Ask."}}"#
        let failure = try #require(answer(text)).commandFailure
        #expect(failure.exitCode == 65)
        #expect(failure.code == "tokenUsed")
        #expect(failure.message == "It was used.")
        #expect(failure.hint == "Ask.")
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

    /// The kernel takes the connections of a listener that accepts none.
    @Test(.timeLimit(.minutes(10))) func whoeverNeverAnswersIsLeftAfterAWhile() async throws {
        #if canImport(Darwin)
            let stream = SOCK_STREAM
        #else
            let stream = Int32(SOCK_STREAM.rawValue)
        #endif
        let listener = socket(AF_INET, stream, 0)
        defer { close(listener) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutableBytes(of: &name) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
                return false
            }
            return bind(listener, start, size) == 0 && listen(listener, 16) == 0
                && getsockname(listener, start, &size) == 0
        }
        try #require(isListening)
        let url = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
        let address = try HubAddress(url, trusted: "")
        let transport = HTTPHubTransport(silence: .milliseconds(200))
        await #expect(throws: HubFailure.silent(address)) {
            try await transport.greet(address, pin: nil)
        }
    }

    @Test func aFullDiskOfTheHubIsTheHubsTrouble() throws {
        let text = #"{"error":{"code":"fileFailed","message":"x"}}"#
        let failure = try #require(answer(text, status: 500)).commandFailure
        #expect(failure.exitCode == 69)
        #expect(failure.message == "The hub's disk is full; your work is saved.")
    }
}
