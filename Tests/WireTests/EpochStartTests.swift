import Cryptography
import Model
import Testing

@testable import Wire

@Suite struct EpochStartTests {
    private let hub = SigningKey()

    private func start(_ epoch: UInt32, after branch: Position) -> EpochStart {
        EpochStart(programme: ProgrammeID(hubKey: hub.publicKey), epoch: epoch, branch: branch)
    }

    @Test func statementIsReadAsItWasSigned() throws {
        let made = start(7, after: Position(epoch: 1, number: 400))
        let signed = try EpochStart.Signed(encodedBytes: made.sign(with: hub).encodedBytes)
        #expect(try signed.verify(hubKey: hub.publicKey) == made)
    }

    @Test func statementOfSomebodyElseIsRefused() throws {
        let signed = start(7, after: .start).sign(with: SigningKey())
        #expect(throws: WireError.self) { try signed.verify(hubKey: hub.publicKey) }
    }

    /// Whatever is accepted can be stored and read again with its signature.
    @Test func largestStatementIsReadAsItWasSigned() throws {
        let made = start(
            Lineage.epochMax,
            after: Position(epoch: Lineage.epochMax - 1, number: Position.numberMax))
        let signed = try EpochStart.Signed(encodedBytes: made.sign(with: hub).encodedBytes)
        #expect(try signed.verify(hubKey: hub.publicKey) == made)
        let padded = EpochStart.Signed(
            startBytes: signed.startBytes + [UInt8](repeating: 8, count: 60),
            signature: signed.signature)
        #expect { try padded.verify(hubKey: hub.publicKey) } throws: { error in
            (error as? WireError)?.reason == .tooLarge
        }
    }

    @Test(arguments: [(1, 0), (7, 7), (7, 8)])
    func epochThatFollowsNothingIsRefused(epoch: Int, branch: Int) throws {
        let signed = start(
            UInt32(epoch), after: Position(epoch: UInt32(branch), number: 1)
        ).sign(with: hub)
        #expect(throws: WireError.self) { try signed.verify(hubKey: hub.publicKey) }
    }

    /// The hub's own numbers of later ones would not fit.
    @Test func epochThatIsTooLargeIsRefused() throws {
        let signed = start(Lineage.epochMax + 1, after: .start).sign(with: hub)
        #expect { try signed.verify(hubKey: hub.publicKey) } throws: { error in
            (error as? WireError)?.reason == .malformed
        }
    }

    @Test func ordinaryMessagesDoNotGrow() throws {
        let device = SigningKey()
        let request = SyncRequest(
            programme: ProgrammeID(hubKey: hub.publicKey), device: DeviceID(device.publicKey),
            nonce: Array(repeating: 1, count: 16))
        var giving = request
        giving.epochs = [start(7, after: .start).sign(with: hub)]
        let certificate = DeviceCertificate(
            programme: ProgrammeID(hubKey: hub.publicKey), key: device.publicKey,
            member: MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 1)), role: .mentor,
            validFrom: .start)
        giving.certificate = certificate.sign(with: hub)
        let plain = request.sealed(by: device)
        #expect(plain.encodedBytes.count < giving.sealed(by: device).encodedBytes.count - 100)
        #expect(try SyncRequest.openCertified(plain, hubKey: hub.publicKey) == nil)
        let opened = try #require(
            try SyncRequest.openCertified(giving.sealed(by: device), hubKey: hub.publicKey))
        #expect(opened.request == giving)
        #expect(opened.certificate == certificate)
        #expect(throws: WireError.self) {
            _ = try SyncRequest.openCertified(
                giving.sealed(by: device), hubKey: SigningKey().publicKey)
        }
    }
}
