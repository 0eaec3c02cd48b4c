import Cryptography
import Model
import Testing
import Wire

@Suite struct EnvelopeTests {
    let hub = WireSamples.key(seed: [UInt8](repeating: 1, count: 32))
    let device = WireSamples.key(seed: [UInt8](repeating: 2, count: 32))

    func request(_ samples: inout WireSamples) -> SyncRequest {
        let programme = ProgrammeID(hubKey: hub.publicKey)
        return SyncRequest(
            programme: programme, device: DeviceID(device.publicKey), nonce: samples.bytes(16),
            position: samples.position(), digest: samples.digest(),
            batches: (0..<samples.below(3)).map { _ in
                samples.batch(programme: programme, key: device)
            },
            catchingUp: (0..<samples.below(3)).map { _ in
                ScopeCursor(scope: samples.scope(), position: samples.position())
            },
            challenge: samples.bytes(samples.below(2) * 32), schemaVersion: 3,
            claimedTime: ClaimedTime(milliseconds: samples.signed()), boot: samples.number())
    }

    func answer(_ samples: inout WireSamples) -> SyncAnswer {
        let programme = ProgrammeID(hubKey: hub.publicKey)
        return SyncAnswer(
            nonce: samples.bytes(16), hubTime: HubTime(milliseconds: samples.signed() >> 18),
            position: samples.position(), more: samples.below(2) == 0,
            digest: samples.below(2) == 0 ? samples.digest() : nil,
            challenge: samples.bytes(samples.below(2) * 32),
            grants: (0..<samples.below(3)).map { _ in
                Grant(
                    scope: samples.scope(), isGranted: samples.below(2) == 0,
                    position: samples.position())
            },
            entries: (0..<samples.below(3)).map { _ in
                let batch = samples.batch(programme: programme, key: device)
                return SyncAnswer.Entry(
                    batch: batch,
                    admission: SignedAdmission.sign(samples.admission(of: batch), key: hub))
            },
            caughtUp: (0..<samples.below(3)).map { _ in
                ScopeCursor(scope: samples.scope(), position: samples.position())
            },
            receipts: (0..<samples.below(5)).map { index in
                SyncAnswer.Receipt(
                    batch: samples.digest(),
                    outcome: [.admitted, .known, .waiting, .refused][index % 4],
                    code: samples.text(),
                    position: samples.below(2) == 0 ? samples.position() : nil)
            },
            heads: (0..<samples.below(3)).map { _ in
                SyncAnswer.ScopeHead(
                    scope: samples.scope(), position: samples.position(),
                    chain: samples.digest(), stateHash: samples.bytes(32))
            })
    }

    @Test(arguments: WireSamples.seeds(40))
    func requestSurvivesTheWire(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let request = request(&samples)
        let envelope = request.sealed(by: device)
        let received = try Envelope(encodedBytes: envelope.encodedBytes)
        #expect(received == envelope)
        #expect(received.signer == DeviceID(device.publicKey))
        #expect(try SyncRequest.open(received, key: device.publicKey) == request)
    }

    @Test(arguments: WireSamples.seeds(40))
    func answerSurvivesTheWire(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let answer = answer(&samples)
        let received = try Envelope(encodedBytes: answer.sealed(by: hub).encodedBytes)
        let opened = try SyncAnswer.open(
            received, hubKey: hub.publicKey, nonce: answer.nonce)
        #expect(opened == answer)
    }

    @Test func envelopeOfAnotherKindOrSignerIsRefused() throws {
        var samples = WireSamples(seed: 1)
        let request = request(&samples).sealed(by: device)
        let answer = answer(&samples)
        let sealed = answer.sealed(by: hub)
        #expect(reason { try SyncRequest.open(request, key: hub.publicKey) } == .wrongDevice)
        #expect(
            reason {
                try SyncAnswer.open(sealed, hubKey: device.publicKey, nonce: answer.nonce)
            } == .badSignature)
        #expect(
            reason {
                try SyncAnswer.open(
                    sealed, hubKey: hub.publicKey, nonce: [UInt8](repeating: 0, count: 16))
            } == .wrongNonce)
        // A signed answer does not pass for another kind of answer.
        #expect(
            reason { try RedeemAnswer.open(sealed, hubKey: hub.publicKey) } == .badSignature)
    }

    @Test func everyTruncationAndFlippedBitOfARequestIsNoticed() {
        var samples = WireSamples(seed: 5)
        let bytes = request(&samples).sealed(by: device).encodedBytes
        func isRefused(_ bytes: [UInt8]) -> Bool {
            guard let envelope = try? Envelope(encodedBytes: bytes) else { return true }
            return (try? SyncRequest.open(envelope, key: device.publicKey)) == nil
        }
        #expect(!isRefused(bytes))
        for count in 0..<bytes.count { #expect(isRefused(Array(bytes[..<count]))) }
        for mutated in mutations(of: bytes.count > 2000 ? Array(bytes[..<2000]) : bytes) {
            #expect(isRefused(mutated + bytes.dropFirst(mutated.count)))
        }
    }

    /// Thousands of empty batches in a few bytes.
    @Test func repeatedEmptyFieldsAreRefusedBeforeDecoding() {
        let batches = [[UInt8]](repeating: [0x3A, 0], count: 100_000).flatMap { $0 }
        // The second hides them behind a group, which the decoder would skip.
        for payload in [batches, [0xA3, 0x06, 0xA4, 0x06] + batches] {
            let envelope = Envelope(
                payload: payload, signer: DeviceID(device.publicKey),
                signature: device.sign(
                    payload, domain: SignatureDomain("waymark sync request v1")))
            #expect(reason { try SyncRequest.open(envelope, key: device.publicKey) } == .tooMany)
        }
    }

    /// Found by fuzzing: small cursors, each for the programme, that were more than could be read again.
    @Test func scopeThatCatchesUpIsNamedOnce() throws {
        var samples = WireSamples(seed: 9)
        let cursors = [Scope.programme, .programme].map { ScopeCursor(scope: $0, position: .start) }
        for count in 1...2 {
            let request = SyncRequest(
                programme: samples.programme(), device: DeviceID(device.publicKey),
                nonce: samples.bytes(16), catchingUp: Array(cursors.prefix(count)))
            let envelope = request.sealed(by: device)
            let found = reason { try SyncRequest.open(envelope, key: device.publicKey) }
            #expect(found == (count == 1 ? nil : .malformed))
        }
    }

    @Test func newerProtocolIsNamed() {
        let payload: [UInt8] = [8, 2]
        let envelope = Envelope(
            payload: payload, signer: DeviceID(device.publicKey),
            signature: device.sign(
                payload, domain: SignatureDomain("waymark sync request v1")))
        #expect(
            reason { try SyncRequest.open(envelope, key: device.publicKey) }
                == .unsupportedVersion(2))
    }

    @Test func syncWithNothingToDoIsSmall() {
        var samples = WireSamples(seed: 7)
        let position = Position(epoch: 1, number: 100_000)
        let request = SyncRequest(
            programme: samples.programme(), device: DeviceID(device.publicKey),
            nonce: samples.bytes(16), position: position, digest: samples.digest(),
            claimedTime: ClaimedTime(milliseconds: 1_790_000_000_000), boot: samples.next())
        let answer = SyncAnswer(
            nonce: request.nonce, hubTime: HubTime(milliseconds: 1_790_000_000_000),
            position: position)
        let bodies =
            request.sealed(by: device).encodedBytes.count
            + answer.sealed(by: hub).encodedBytes.count
        #expect(bodies <= 400)
    }

    @Test func redemptionSurvivesTheWire() throws {
        let bearer = WireSamples.key(seed: [UInt8](repeating: 3, count: 32))
        let request = RedeemRequest.make(
            token: "v4.public.example", bearer: bearer, device: device,
            deviceName: "Ana's laptop")
        let envelope = try Envelope(encodedBytes: request.sealed(by: device).encodedBytes)
        let opened = try RedeemRequest.open(envelope)
        #expect(opened == request)
        #expect(opened.isProven(bearerKey: bearer.publicKey))
        #expect(!opened.isProven(bearerKey: device.publicKey))
        let stolen = RedeemRequest(
            token: request.token, key: hub.publicKey, proof: request.proof, deviceName: "x")
        #expect(!stolen.isProven(bearerKey: bearer.publicKey))
        for mutated in mutations(of: envelope.encodedBytes) {
            #expect(throws: WireError.self) {
                try RedeemRequest.open(Envelope(encodedBytes: mutated))
            }
        }
    }

    @Test func redeemAnswerSurvivesTheWire() throws {
        var samples = WireSamples(seed: 8)
        let certificate = DeviceCertificate(
            programme: ProgrammeID(hubKey: hub.publicKey), key: device.publicKey,
            member: samples.member(), role: .mentor, validFrom: samples.position())
        let answer = RedeemAnswer(
            hubKey: hub.publicKey, certificate: certificate.sign(with: hub),
            programmeName: "Río", hubTime: HubTime(milliseconds: 12), position: .start,
            email: "ana@example.org", role: .mentor)
        let envelope = try Envelope(encodedBytes: answer.sealed(by: hub).encodedBytes)
        let opened = try RedeemAnswer.open(
            envelope, hubKey: hub.publicKey, device: device.publicKey)
        #expect(opened == answer)
        #expect(
            reason {
                try RedeemAnswer.open(envelope, hubKey: hub.publicKey, device: hub.publicKey)
            } == .wrongDevice)
        for mutated in mutations(of: envelope.encodedBytes) {
            #expect(throws: WireError.self) {
                try RedeemAnswer.open(
                    Envelope(encodedBytes: mutated), hubKey: hub.publicKey,
                    device: device.publicKey)
            }
        }
    }
}
