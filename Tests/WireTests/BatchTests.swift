import Cryptography
import Model
import Testing
import Wire

@Suite struct BatchTests {
    @Test(arguments: WireSamples.seeds(60))
    func sealedBatchSurvivesTheWireAndIsVerified(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let (programme, key) = (samples.programme(), samples.key())
        let batch = samples.batch(programme: programme, key: key, sections: 1 + samples.below(5))
        let received = try SealedBatch(encodedBytes: batch.encodedBytes)
        #expect(received == batch)
        #expect(received.id == batch.id)
        let verified = try VerifiedBatch.verify(
            received, key: key.publicKey, programme: programme, isWhole: true)
        #expect(verified.header.device == DeviceID(key.publicKey))
        #expect(verified.header.programme == programme)
        #expect(verified.header.sectionHashes == batch.sections.map(\.hash))
        #expect(verified.id == batch.id)
    }

    @Test func batchChainsToTheOneBefore() throws {
        var samples = WireSamples(seed: 1)
        let (programme, key) = (samples.programme(), samples.key())
        let first = SealedBatch.seal(
            programme: programme, sequence: 1, previous: .zero, context: .start,
            schemaVersion: 1, sections: [samples.sectionBytes()], key: key)
        let second = SealedBatch.seal(
            programme: programme, sequence: 2, previous: first.id,
            context: Position(epoch: 1, number: 9), schemaVersion: 1,
            sections: [samples.sectionBytes()], key: key)
        #expect(try first.header().previous == .zero)
        #expect(try second.header().previous == first.id)
        #expect(try second.header().context == Position(epoch: 1, number: 9))
    }

    @Test(arguments: WireSamples.seeds(30))
    func partOfABatchIsVerifiedAsAPart(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let (programme, key) = (samples.programme(), samples.key())
        let batch = samples.batch(programme: programme, key: key, sections: 4)
        let part = batch.keepingSections { _ in samples.below(2) == 0 }
        #expect(part.id == batch.id)
        let verified = try VerifiedBatch.verify(
            part, key: key.publicKey, programme: programme, isWhole: false)
        #expect(verified.batch == part)
        guard part.sections.count < 4 else { return }
        let refusal = reason {
            try VerifiedBatch.verify(
                part, key: key.publicKey, programme: programme, isWhole: true)
        }
        #expect(refusal == .badHash)
    }

    @Test func foreignBatchesAreRefused() throws {
        var samples = WireSamples(seed: 2)
        let (programme, key) = (samples.programme(), samples.key())
        let batch = samples.batch(programme: programme, key: key)
        let other = samples.batch(programme: programme, key: key)
        let stranger = samples.key()
        func refusal(
            _ batch: SealedBatch, key: PublicKey, programme: ProgrammeID
        ) -> WireError.Reason? {
            reason {
                try VerifiedBatch.verify(
                    batch, key: key, programme: programme, isWhole: false)
            }
        }
        let foreign = samples.programme()
        #expect(refusal(batch, key: key.publicKey, programme: foreign) == .wrongProgramme)
        #expect(refusal(batch, key: stranger.publicKey, programme: programme) == .wrongDevice)
        let forged = SealedBatch(
            headerBytes: batch.headerBytes, signature: other.signature, sections: batch.sections)
        #expect(refusal(forged, key: key.publicKey, programme: programme) == .badSignature)
        let mixed = SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature, sections: other.sections)
        #expect(refusal(mixed, key: key.publicKey, programme: programme) == .badHash)
        let reversed = SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature,
            sections: batch.sections.reversed())
        #expect(refusal(reversed, key: key.publicKey, programme: programme) == .badHash)
        let doubled = SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature,
            sections: [batch.sections[0], batch.sections[0]])
        #expect(refusal(doubled, key: key.publicKey, programme: programme) == .badHash)
    }

    @Test func everyTruncationAndFlippedBitIsNoticed() throws {
        var samples = WireSamples(seed: 3)
        let (programme, key) = (samples.programme(), samples.key())
        let batch = samples.batch(programme: programme, key: key, sections: 2)
        let bytes = batch.encodedBytes
        func isRefused(_ bytes: [UInt8]) -> Bool {
            guard let batch = try? SealedBatch(encodedBytes: bytes) else { return true }
            let verified = try? VerifiedBatch.verify(
                batch, key: key.publicKey, programme: programme, isWhole: true)
            return verified == nil
        }
        #expect(!isRefused(bytes))
        for count in 0..<bytes.count { #expect(isRefused(Array(bytes[..<count]))) }
        for mutated in mutations(of: bytes) { #expect(isRefused(mutated)) }
    }

    @Test func unknownFieldsAreIgnored() throws {
        var samples = WireSamples(seed: 4)
        let batch = samples.batch(programme: samples.programme(), key: samples.key())
        // Field 100, two bytes.
        let longer = batch.encodedBytes + [0xA2, 0x06, 2, 1, 2]
        #expect(try SealedBatch(encodedBytes: longer) == batch)
    }

    @Test func tooManySectionsAreRefused() {
        let section: [UInt8] = [0x1A, 0]
        let bytes: [UInt8] =
            [0x0A, 1, 1] + [0x12, 64] + [UInt8](repeating: 0, count: 64)
            + [[UInt8]](repeating: section, count: Limits.batchSectionsMax + 1).joined()
        #expect(reason { try SealedBatch(encodedBytes: bytes) } == .tooMany)
    }

    @Test func tooLargeBatchIsRefusedUnread() {
        let bytes = [UInt8](repeating: 0xFF, count: Limits.batchBytesMax + 1)
        #expect(reason { try SealedBatch(encodedBytes: bytes) } == .tooLarge)
    }

    /// A hundred small changes in a batch, signature included: at most six bytes each on top.
    @Test func batchOfSmallChangesIsSmall() throws {
        var samples = WireSamples(seed: 5)
        let device = samples.device()
        let words = ["plan", "review", "water", "call", "Thursday", "again", "letter", "school"]
        var payload = 0
        let changeSets = (0..<100).map { index in
            var text = ""
            // Mostly words, and a number that makes each different: 46 to 47 bytes.
            while text.utf8.count < 38 { text += words[samples.below(words.count)] + " " }
            text += String(samples.next() % 100_000_000)
            text = String(text.prefix(47))
            payload += text.utf8.count
            let record = RecordID(device: device, counter: UInt64(index + 1))
            return ChangeSet(
                ordinal: UInt32(index), action: UInt64(index + 7),
                claimed: ClaimedTime(
                    milliseconds: 1_790_000_000_000 + Int64(index * 41_000 + samples.below(999))),
                changes: [
                    Change(
                        record: record, entity: EntityID(6), field: FieldID(1),
                        operation: .set(.text(text)))
                ])
        }
        let section = Section(
            scope: .participant(samples.member()), firstNumber: 4711, changeSets: changeSets)
        let batch = SealedBatch.seal(
            programme: samples.programme(), sequence: 300, previous: samples.digest(),
            context: Position(epoch: 1, number: 100_000), schemaVersion: 1,
            sections: [SectionBytes.seal(section, salt: samples.bytes(16))], key: samples.key())
        #expect(batch.encodedBytes.count <= payload + 600)
    }
}
