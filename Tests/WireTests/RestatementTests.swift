import Cryptography
import Model
import Testing

@testable import Wire

/// Sections from which texts were erased: what stands for them, and what is not believed.
@Suite struct RestatementTests {
    private let hub = WireSamples.key(seed: Array(repeating: 7, count: 32))
    private let device = WireSamples.key(seed: Array(repeating: 9, count: 32))
    private var programme: ProgrammeID { ProgrammeID(hubKey: hub.publicKey) }
    private static let canary = "Kanarienvogel"

    private var section: Section {
        let record = RecordID(device: DeviceID(device.publicKey), counter: 7)
        func change(_ field: UInt32, _ operation: Change.Operation) -> Change {
            Change(
                record: record, entity: Schema.task.id, field: FieldID(field), operation: operation)
        }
        return Section(
            scope: .programme, firstNumber: 5,
            changeSets: [
                ChangeSet(
                    ordinal: 0, action: 3, claimed: ClaimedTime(milliseconds: 1_790_000_000_000),
                    changes: [
                        change(0, .create), change(1, .set(.text(Self.canary))),
                        change(3, .set(.integer(1))),
                    ]),
                ChangeSet(
                    ordinal: 2, action: 4, claimed: ClaimedTime(milliseconds: 1_790_000_000_500),
                    changes: [change(2, .set(.text(String(repeating: Self.canary, count: 40))))]),
            ])
    }

    private func batch() throws -> (batch: SealedBatch, sealed: SectionBytes) {
        let sealed = SectionBytes.seal(section, salt: Array(repeating: 0x11, count: 16))
        let batch = SealedBatch.seal(
            programme: programme, sequence: 1, previous: .zero, context: .start, schemaVersion: 1,
            sections: [sealed], key: device)
        return (batch, sealed)
    }

    private func restatement(
        of batch: SealedBatch, _ sealed: SectionBytes, bytes: [UInt8], places: [Int]
    ) -> Restatement {
        Restatement(
            programme: programme, batch: batch.id, section: sealed.hash,
            restated: SectionBytes(bytes).hash, position: Position(epoch: 1, number: 9),
            places: places)
    }

    private func restated(
        _ batch: SealedBatch, _ bytes: [UInt8], _ signed: Restatement.Signed
    ) throws -> SealedBatch {
        SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature,
            sections: [try SectionBytes(bytes, restatement: signed)])
    }

    private func verify(_ batch: SealedBatch) throws -> VerifiedBatch {
        try VerifiedBatch.verify(
            SealedBatch(encodedBytes: batch.encodedBytes), key: device.publicKey,
            programme: programme, isWhole: true)
    }

    @Test func allButTheTextsStaysAsItWas() throws {
        let (batch, sealed) = try batch()
        let places = [1, 3]
        let bytes = try sealed.restatedBytes(erasing: places)
        let signed = restatement(of: batch, sealed, bytes: bytes, places: places).sign(with: hub)
        let verified = try verify(restated(batch, bytes, signed))
        #expect(verified.id == batch.id)
        let content = try #require(verified.batch.sections.first)
        #expect(content.hash == sealed.hash)
        let opened = try content.open()
        #expect(opened == section.restated(erasing: places))
        #expect(opened.erasedPlaces == places)
        #expect(opened.changeCount == section.changeCount)
        #expect(!String(describing: opened).contains(Self.canary))
        // Neither the texts nor the salt that would help to guess at them.
        #expect(!bytes.hexadecimal.contains([UInt8](Self.canary.utf8).hexadecimal))
        #expect(!bytes.hexadecimal.contains(String(repeating: "11", count: 16)))
    }

    /// Two erasures one after the other, or both at once, leave the same bytes.
    @Test func theOrderOfErasuresMakesNoDifference() throws {
        let (batch, sealed) = try batch()
        let first = try sealed.restatedBytes(erasing: [3])
        let signed = restatement(of: batch, sealed, bytes: first, places: [3]).sign(with: hub)
        let second = try SectionBytes(first, restatement: signed).restatedBytes(erasing: [1, 3])
        #expect(try second == sealed.restatedBytes(erasing: [1, 3]))
    }

    @Test func onlyTheHubsWordCounts() throws {
        let (batch, sealed) = try batch()
        let bytes = try sealed.restatedBytes(erasing: [1])
        let right = restatement(of: batch, sealed, bytes: bytes, places: [1])
        _ = try verify(restated(batch, bytes, right.sign(with: hub)))
        // The author's own word, in the hub's name and in their own.
        #expect(throws: WireError.self) {
            try verify(restated(batch, bytes, right.sign(with: device)))
        }
        // The hub's word for another section, another batch, other bytes.
        let other = SectionBytes.seal(section, salt: Array(repeating: 0x22, count: 16))
        let wrong = [
            restatement(of: batch, other, bytes: bytes, places: [1]),
            Restatement(
                programme: programme, batch: sealed.hash, section: sealed.hash,
                restated: SectionBytes(bytes).hash, position: .start, places: [1]),
            restatement(of: batch, sealed, bytes: sealed.bytes, places: [1]),
        ]
        for wrong in wrong {
            #expect(throws: WireError.self) {
                try verify(restated(batch, bytes, wrong.sign(with: hub)))
            }
        }
        // Without any word the bytes are not those of the header.
        let bare = SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature,
            sections: [SectionBytes(bytes)])
        #expect(throws: WireError.self) { try verify(bare) }
    }

    /// Every byte of the encoded batch changed in turn: refused, or one that means the same.
    @Test func damageIsNoticed() throws {
        let (batch, sealed) = try batch()
        let bytes = try sealed.restatedBytes(erasing: [1, 3])
        let signed = restatement(of: batch, sealed, bytes: bytes, places: [1, 3]).sign(with: hub)
        let whole = try restated(batch, bytes, signed)
        let encoded = whole.encodedBytes
        for index in encoded.indices {
            for flip in [UInt8(1), 0x80] {
                var damaged = encoded
                damaged[index] ^= flip
                let read = try? VerifiedBatch.verify(
                    SealedBatch(encodedBytes: damaged), key: device.publicKey,
                    programme: programme, isWhole: true)
                guard let read else { continue }
                #expect(read.batch.sections.map(\.bytes) == [bytes], "byte \(index)")
            }
        }
        for count in encoded.indices {
            #expect(throws: WireError.self) {
                try VerifiedBatch.verify(
                    SealedBatch(encodedBytes: Array(encoded.prefix(count))),
                    key: device.publicKey, programme: programme, isWhole: true)
            }
        }
    }

    @Test func placesThatDoNotAscendAreRefused() throws {
        let (batch, sealed) = try batch()
        let bytes = try sealed.restatedBytes(erasing: [1, 3])
        for places in [[], [3, 1], [1, 1]] {
            let signed = restatement(of: batch, sealed, bytes: bytes, places: places)
                .sign(with: hub)
            #expect(throws: WireError.self) { try signed.verify(programme: programme) }
        }
    }

    @Test func vectorsHaveTheirBytes() throws {
        let vectors: Vectors.Restatements = try Vectors.load("restatements")
        for vector in vectors.restatements {
            let hub = WireSamples.key(seed: try [UInt8](hex: vector.hubSeed))
            let sealed = SectionBytes(try [UInt8](hex: vector.section))
            let bytes = try sealed.restatedBytes(erasing: vector.places)
            #expect(bytes.hexadecimal == vector.restated, "\(vector.name)")
            let restatement = Restatement(
                programme: ProgrammeID(hubKey: hub.publicKey),
                batch: try Digest(hex: vector.batch), section: sealed.hash,
                restated: SectionBytes(bytes).hash, position: vector.position.position,
                places: vector.places)
            #expect(
                restatement.sign(with: hub).encodedBytes.hexadecimal == vector.bytes,
                "\(vector.name)")
        }
    }
}

extension Vectors {
    struct Restatements: Decodable {
        struct Vector: Decodable {
            let name: String
            let hubSeed: String
            let batch: String
            let section: String
            let places: [Int]
            let position: Place
            let restated: String
            let bytes: String
        }

        let restatements: [Vector]
    }
}
