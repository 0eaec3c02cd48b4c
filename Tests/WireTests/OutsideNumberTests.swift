import Cryptography
import Model
import Testing

@testable import Wire

/// Numbers from outside that fit no column, or to which one cannot be added.
@Suite struct OutsideNumberTests {
    private let hub = WireSamples.key(seed: [UInt8](repeating: 1, count: 32))
    private let device = WireSamples.key(seed: [UInt8](repeating: 2, count: 32))
    private static let large = Position(epoch: 1, number: Position.numberMax + 1)
    private static let largest = Position(epoch: 1, number: Position.numberMax)

    private var programme: ProgrammeID { ProgrammeID(hubKey: hub.publicKey) }

    private func reason(of change: (inout SyncRequest) -> Void) -> WireError.Reason? {
        var request = SyncRequest(
            programme: programme, device: DeviceID(device.publicKey),
            nonce: [UInt8](repeating: 1, count: 16))
        change(&request)
        return WireTests.reason {
            try SyncRequest.open(
                Envelope(encodedBytes: request.sealed(by: device).encodedBytes),
                key: device.publicKey)
        }
    }

    private func reason(
        ofAnswerAt time: Int64 = 1, _ change: (inout SyncAnswer) -> Void
    ) -> WireError.Reason? {
        let nonce = [UInt8](repeating: 1, count: 16)
        var answer = SyncAnswer(nonce: nonce, hubTime: HubTime(milliseconds: time))
        change(&answer)
        return WireTests.reason {
            try SyncAnswer.open(
                Envelope(encodedBytes: answer.sealed(by: hub).encodedBytes),
                hubKey: hub.publicKey, nonce: nonce)
        }
    }

    @Test func positionOfARequestFitsAColumn() {
        #expect(reason { $0.position = Self.largest } == nil)
        #expect(reason { $0.position = Self.large } == .malformed)
        #expect(reason { $0.erased = Self.large } == .malformed)
        #expect(
            reason { $0.catchingUp = [ScopeCursor(scope: .programme, position: Self.large)] }
                == .malformed)
        #expect(
            reason {
                $0.history = [
                    HistoryCursor(scope: .programme, position: .start, through: Self.large)
                ]
            } == .malformed)
    }

    @Test func positionOfAnAnswerFitsAColumn() {
        #expect(reason(ofAnswerAt: 1) { $0.position = Self.largest } == nil)
        #expect(reason(ofAnswerAt: 1) { $0.position = Self.large } == .malformed)
        #expect(reason(ofAnswerAt: 1) { $0.lacking = Self.large } == .malformed)
        #expect(reason(ofAnswerAt: 1) { $0.erased = Self.large } == .malformed)
        #expect(
            reason(ofAnswerAt: 1) {
                $0.grants = [Grant(scope: .programme, isGranted: true, position: Self.large)]
            } == .malformed)
    }

    /// Laptops compute with it.
    @Test(arguments: [
        Int64.min, Limits.instantMillisecondsMin - 1, Limits.instantMillisecondsMax + 1, .max,
    ])
    func timeOfTheHubIsAnInstant(time: Int64) {
        #expect(reason(ofAnswerAt: time) { _ in } == .malformed)
        #expect(reason(ofAnswerAt: Limits.instantMillisecondsMin) { _ in } == nil)
        #expect(reason(ofAnswerAt: Limits.instantMillisecondsMax) { _ in } == nil)
    }

    @Test func packedPositionFitsAColumn() throws {
        for (position, isRead) in [(Self.largest, true), (Self.large, false)] {
            var writer = ByteWriter()
            writer.append(position: position)
            var reader = ByteReader(writer.bytes)
            #expect((try? reader.position()) == (isRead ? position : nil))
            #expect(Position(eventID: position.eventID) == (isRead ? position : nil))
        }
    }

    private func batch(sequence: UInt64, context: Position = .start) -> SealedBatch {
        var samples = WireSamples(seed: 3)
        return SealedBatch.seal(
            programme: programme, sequence: sequence, previous: samples.digest(),
            context: context, schemaVersion: 1, sections: [samples.sectionBytes()], key: device)
    }

    @Test func headerOfABatchHoldsNumbersThatFit() {
        func reason(_ batch: SealedBatch) -> WireError.Reason? {
            WireTests.reason { try batch.header() }
        }
        #expect(reason(batch(sequence: BatchHeader.sequenceMax)) == nil)
        #expect(reason(batch(sequence: BatchHeader.sequenceMax + 1)) == .malformed)
        #expect(reason(batch(sequence: .max)) == .malformed)
        #expect(reason(batch(sequence: 2, context: Self.largest)) == nil)
        #expect(reason(batch(sequence: 2, context: Self.large)) == .malformed)
    }
}
