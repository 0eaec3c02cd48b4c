import Cryptography
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

@Suite struct ReplayTests {
    let harness: HubHarness
    let device: RawDevice

    init() throws {
        harness = try HubHarness()
        device = try harness.join(.mentor)
    }

    private func send(_ request: SyncRequest) throws -> SyncAnswer {
        try device.open(
            harness.hub.sync(request.sealed(by: device.key).encodedBytes, now: harness.time),
            request)
    }

    @Test func requestSentTwiceGetsAChallengeAndNoData() throws {
        let request = device.request()
        #expect(try !send(request).entries.isEmpty)
        let second = try send(request)
        #expect(!second.challenge.isEmpty)
        #expect(second.entries.isEmpty)
        #expect(second.grants.isEmpty)
    }

    @Test func olderPositionNeedsAChallengeWhichCountsOnce() throws {
        let head = try harness.hub.status().position
        _ = try send(device.request(position: head))
        var older = device.request()
        let challenge = try send(older).challenge
        #expect(!challenge.isEmpty)
        older.nonce = RandomBytes.generate(count: 16)
        older.challenge = challenge
        #expect(try !send(older).entries.isEmpty)
        older.nonce = RandomBytes.generate(count: 16)
        let again = try send(older)
        #expect(!again.challenge.isEmpty)
        #expect(again.challenge != challenge)
    }

    @Test func challengeIsGoodForFiveMinutes() throws {
        let request = device.request()
        _ = try send(request)
        var second = request
        second.challenge = try send(request).challenge
        harness.pass(5 * 60 * 1000 + 1)
        #expect(try !send(second).challenge.isEmpty)
    }

    /// Whoever claims to have seen more than there is gets nothing, and changes nothing: only what
    /// the hub itself has signed makes it believe that it was set back.
    @Test func positionThatTheHubNeverReachedGetsNothing() throws {
        let answer = try send(device.request(position: Position(epoch: 1, number: 999)))
        #expect(answer.lacking == .start)
        #expect(answer.entries.isEmpty && answer.grants.isEmpty && answer.epochs.isEmpty)
        #expect(try harness.hub.status().position.epoch == 1)
        #expect(try !harness.hub.recoveryStatus().isRecovering)
    }

    @Test func strangersAndOtherProgrammesAreErrors() throws {
        let stranger = RawDevice(
            key: SigningKey(), programme: device.programme, hubKey: device.hubKey,
            certificate: device.certificate, member: device.member)
        let unknown = #expect(throws: HubError.self) { try harness.push(stranger) }
        #expect(unknown?.reason == .unknownDevice)
        let elsewhere = RawDevice(
            key: device.key, programme: ProgrammeID(hubKey: SigningKey().publicKey),
            hubKey: device.hubKey, certificate: device.certificate, member: device.member)
        let wrong = #expect(throws: HubError.self) { try harness.push(elsewhere) }
        #expect(wrong?.reason == .wrongProgramme)
    }

    @Test func alteredRequestIsAnError() throws {
        var bytes = device.request().sealed(by: device.key).encodedBytes
        bytes[20] ^= 1
        #expect(throws: (any Error).self) { try harness.hub.sync(bytes, now: harness.time) }
    }

    @Test func everyTruncationIsAnError() throws {
        let bytes = device.request().sealed(by: device.key).encodedBytes
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) {
                try harness.hub.sync(Array(bytes.prefix(count)), now: harness.time)
            }
        }
    }

    @Test func nothingNewTakesFewBytes() throws {
        let head = try harness.hub.status().position
        var request = device.request(position: head)
        request.digest = try levelDigest()
        let sent = request.sealed(by: device.key).encodedBytes
        let received = try harness.hub.sync(sent, now: harness.time)
        let answer = try device.open(received, request)
        #expect(answer.entries.isEmpty && answer.digest == nil && !answer.more)
        #expect(sent.count + received.count <= 600)
    }

    /// What a device that is level everywhere sends.
    private func levelDigest() throws -> Digest {
        try harness.hub.database.read { store in
            let scopes = try store.grants(of: device.member).map(\.scope)
            return StoreTransaction.digest(
                of: scopes.map { ($0.scope, $0.chain, $0.stateHash) })
        }
    }
}
