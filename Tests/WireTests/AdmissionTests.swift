import Cryptography
import Model
import Testing
import Wire

@Suite struct AdmissionTests {
    @Test(arguments: WireSamples.seeds(60))
    func signedAdmissionSurvivesTheWire(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let hub = samples.key()
        let batch = samples.batch(
            programme: samples.programme(), key: samples.key(), sections: 1 + samples.below(5))
        let admission = samples.admission(of: batch)
        let signed = SignedAdmission.sign(admission, key: hub)
        let received = try SignedAdmission(encodedBytes: signed.encodedBytes)
        #expect(received == signed)
        #expect(try received.verify(hubKey: hub.publicKey, isWhole: true) == admission)
    }

    @Test func readerGetsTheDecisionsOnTheirSectionsOnly() throws {
        var samples = WireSamples(seed: 1)
        let hub = samples.key()
        let batch = samples.batch(
            programme: samples.programme(), key: samples.key(), sections: 4)
        let admission = samples.admission(of: batch)
        let kept = Set(batch.sections.prefix(2).map(\.hash))
        let part = SignedAdmission.sign(admission, key: hub).keepingSections(kept)
        let read = try part.verify(hubKey: hub.publicKey, isWhole: false)
        #expect(read.sections == admission.sections.filter { kept.contains($0.section) })
        #expect(
            reason { try part.verify(hubKey: hub.publicKey, isWhole: true) } == .badHash)
        for section in read.sections {
            let bytes = try #require(part.bytes(of: section.section))
            #expect(try SectionAdmission(encodedBytes: bytes) == section)
        }
        #expect(part.bytes(of: batch.sections[3].hash) == nil)
    }

    @Test func refusalsAreSignedInTheirOrder() throws {
        var samples = WireSamples(seed: 2)
        let hub = samples.key()
        let section = SectionAdmission(
            section: samples.digest(), floor: .earliest,
            refusals: [9, 2, 4].map {
                SectionAdmission.Refusal(ordinal: $0, reason: .notAllowed)
            })
        let admission = Admission(
            batch: samples.digest(), position: samples.position(),
            receipt: HubTime(milliseconds: 5), sections: [section])
        let read = try SignedAdmission.sign(admission, key: hub)
            .verify(hubKey: hub.publicKey, isWhole: true)
        #expect(read.sections[0].refusals.map(\.ordinal) == [2, 4, 9])
    }

    @Test func everyTruncationAndFlippedBitIsNoticed() {
        var samples = WireSamples(seed: 3)
        let hub = samples.key()
        let batch = samples.batch(
            programme: samples.programme(), key: samples.key(), sections: 2)
        let bytes = SignedAdmission.sign(samples.admission(of: batch), key: hub).encodedBytes
        func isRefused(_ bytes: [UInt8]) -> Bool {
            guard let admission = try? SignedAdmission(encodedBytes: bytes) else { return true }
            return (try? admission.verify(hubKey: hub.publicKey, isWhole: true)) == nil
        }
        #expect(!isRefused(bytes))
        for count in 0..<bytes.count { #expect(isRefused(Array(bytes[..<count]))) }
        for mutated in mutations(of: bytes) { #expect(isRefused(mutated)) }
    }
}
