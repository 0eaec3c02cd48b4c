import Cryptography
import Foundation
import Model
import Testing

@testable import Wire

/// Parcels: sealed to those they are for, usable up to a cut, and never more than an error.
@Suite struct ParcelTests {
    private let hub = WireSamples.key(seed: [UInt8](repeating: 1, count: 32))
    private let device = WireSamples.key(seed: [UInt8](repeating: 2, count: 32))
    private let other = WireSamples.key(seed: [UInt8](repeating: 3, count: 32))

    private var programme: ProgrammeID { ProgrammeID(hubKey: hub.publicKey) }

    private func batches(_ count: Int) -> [SealedBatch] {
        var samples = WireSamples(seed: 7)
        return (1...UInt64(count)).map { sequence in
            SealedBatch.seal(
                programme: programme, sequence: sequence,
                previous: sequence == 1 ? .zero : samples.digest(), context: .start,
                schemaVersion: 1, sections: [samples.sectionBytes()], key: device)
        }
    }

    private func parcel(_ count: Int) throws -> [UInt8] {
        var sealer = try ParcelSealer(toHub: hub.publicKey)
        for batch in batches(count) { sealer.append(.batch(batch)) }
        return sealer.finish()
    }

    @Test func whatIsSealedIsOpenedByItsRecipientOnly() throws {
        let parcel = try Parcel(encodedBytes: parcel(3))
        #expect(parcel.isWhole)
        #expect(parcel.head.isForHub)
        #expect(parcel.head.programme == programme)
        let contents = try #require(parcel.open(with: SealingKey(hub)))
        #expect(contents.isWhole)
        #expect(contents.parts == batches(3).map { .batch($0) })
        #expect(parcel.open(with: SealingKey(device)) == nil)
    }

    @Test func everyDeviceOpensWhatIsForSeveral() throws {
        var sealer = try ParcelSealer(
            toDevices: [device.publicKey, other.publicKey], programme: programme)
        sealer.append(.batch(batches(1)[0]))
        let parcel = try Parcel(encodedBytes: sealer.finish())
        #expect(!parcel.head.isForHub)
        for key in [device, other] {
            #expect(parcel.open(with: SealingKey(key))?.isWhole == true)
            #expect(parcel.head.isFor(DeviceID(key.publicKey)))
        }
        #expect(parcel.open(with: SealingKey(hub)) == nil)
        #expect(!parcel.head.isFor(DeviceID(hub.publicKey)))
        let id = Data(DeviceID(device.publicKey).bytes)
        #expect(Data(parcel.encodedBytes).range(of: id) == nil)
    }

    @Test func parcelsOfAFileAreReadOneAfterTheOther() throws {
        let file = try parcel(1) + parcel(2) + parcel(3)
        let (parcels, isWhole) = try Parcel.readAll(file)
        #expect(isWhole)
        #expect(parcels.map { $0.open(with: SealingKey(hub))?.parts.count } == [1, 2, 3])
        #expect(parcels.flatMap(\.encodedBytes) == file)
    }

    @Test func ofACutParcelTheMessagesBeforeTheCutAreThere() throws {
        let whole = try parcel(3)
        var counts: [Int] = []
        for length in 0..<whole.count {
            guard let parcels = try? Parcel.readAll(Array(whole.prefix(length))).parcels else {
                continue
            }
            let cut = try #require(parcels.first)
            #expect(!cut.isWhole)
            #expect(whole.starts(with: cut.encodedBytes))
            let contents = try #require(cut.open(with: SealingKey(hub)))
            #expect(contents.parts == batches(3).prefix(contents.parts.count).map { .batch($0) })
            counts.append(contents.parts.count)
        }
        #expect(counts == counts.sorted())
        #expect(Set(counts) == [0, 1, 2, 3])
    }

    /// A changed byte is an error, or a cut, or somebody else's parcel; no message is ever another.
    @Test func noChangedByteGoesUnnoticed() throws {
        let whole = try parcel(2)
        let expected = batches(2).map { ParcelPart.batch($0) }
        for index in whole.indices {
            for mask: UInt8 in [0x01, 0x80] {
                var bytes = whole
                bytes[index] ^= mask
                guard let parcels = try? Parcel.readAll(bytes).parcels else { continue }
                for parcel in parcels {
                    guard let contents = parcel.open(with: SealingKey(hub)) else { continue }
                    #expect(contents.parts == Array(expected.prefix(contents.parts.count)))
                    #expect(!contents.isWhole || !parcel.isWhole, "byte \(index)")
                }
            }
        }
    }

    @Test(arguments: WireSamples.seeds(64))
    func noiseIsAnErrorAndNothingElse(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let noise = samples.bytes(samples.below(400))
        #expect(throws: WireError.self) { try Parcel.readAll(noise) }
        _ = try? Parcel.readAll(Parcel.magic + noise)
        var bytes = try parcel(1)
        for _ in 0..<8 { bytes[samples.below(bytes.count)] = UInt8(samples.below(256)) }
        _ = try? Parcel.readAll(bytes).parcels.first?.open(with: SealingKey(hub))
        _ = try? ParcelPart(encodedBytes: noise)
    }

    @Test func messagesCannotBeReorderedLeftOutOrRepeated() throws {
        let parcel = try Parcel(encodedBytes: parcel(3))
        func rebuilt(_ frames: [[UInt8]]) throws -> Parcel {
            let head = Parcel.magic + Parcel.lengthBytes(parcel.headBytes.count)
            let body = frames.flatMap { Parcel.lengthBytes($0.count) + $0 }
            return try Parcel(
                encodedBytes: head + parcel.headBytes + parcel.streamHeader + body
                    + Parcel.lengthBytes(0))
        }
        let frames = parcel.frames
        for changed in [
            [frames[1], frames[0], frames[2], frames[3]], [frames[0], frames[2], frames[3]],
            [frames[0], frames[0], frames[1], frames[2], frames[3]], [frames[0], frames[1]],
        ] {
            let contents = try #require(try rebuilt(changed).open(with: SealingKey(hub)))
            #expect(!contents.isWhole)
            #expect(contents.parts.count <= 2)
        }
        #expect(try rebuilt(frames).open(with: SealingKey(hub))?.isWhole == true)
    }

    // MARK: Letters

    private func letter(_ parcel: Digest, by key: SigningKey) -> Envelope {
        let certificate = DeviceCertificate(
            programme: programme, key: device.publicKey,
            member: MemberID(RecordID(device: DeviceID(device.publicKey), counter: 1)),
            role: .mentor, validFrom: .start
        ).sign(with: hub)
        return Letter.seal(
            programme: programme,
            reader: MemberID(RecordID(device: DeviceID(other.publicKey), counter: 2)),
            parcel: parcel, certificate: certificate, key: key)
    }

    /// A batch whose one section has all that a batch may have.
    private func largest() -> SealedBatch {
        let text = Value.text(String(repeating: "a", count: 262_000))
        let record = RecordID(device: DeviceID(rawValue: 1), counter: 1)
        let changes = (1...32).map { field in
            Change(
                record: record, entity: Schema.task.id, field: FieldID(UInt32(field)),
                operation: field == 1 ? .create : .set(text))
        }
        let section = Section(
            scope: .programme, firstNumber: 1,
            changeSets: [
                ChangeSet(
                    ordinal: 0, action: 1, claimed: ClaimedTime(milliseconds: 1),
                    changes: changes)
            ])
        return SealedBatch.seal(
            programme: programme, sequence: 1, previous: .zero, context: .start,
            schemaVersion: 1,
            sections: [SectionBytes.seal(section, salt: [UInt8](repeating: 1, count: 16))],
            key: device)
    }

    /// The same as the hub passes it on when a change of it was erased.
    private func restated(_ batch: SealedBatch) throws -> SealedBatch {
        let sealed = batch.sections[0]
        let bytes = try sealed.restatedBytes(erasing: [1])
        let restatement = Restatement(
            programme: programme, batch: batch.id, section: sealed.hash,
            restated: SectionBytes(bytes).hash, position: Position(epoch: 1, number: 2),
            places: [1])
        return SealedBatch(
            headerBytes: batch.headerBytes, signature: batch.signature,
            sections: [try SectionBytes(bytes, restatement: restatement.sign(with: hub))])
    }

    /// Two of them together do not fit into a parcel.
    @Test func nothingIsWrittenThatNobodyReads() throws {
        let entry = ParcelPart.entry(
            CarriedBatch(batch: try restated(largest()), admission: nil))
        #expect(entry.encodedBytes.count > 7_500_000)
        var sealer = try ParcelSealer(toHub: hub.publicKey)
        var taken: [Bool] = []
        for part in [entry, .batch(batches(1)[0]), entry, entry] {
            taken.append(sealer.append(ifFitting: part))
        }
        #expect(taken == [true, true, true, false])
        let parcel = try Parcel(encodedBytes: sealer.finish())
        #expect(parcel.open(with: SealingKey(hub))?.parts.count == 3)
    }

    @Test func aLetterIsOfItsWriterForItsParcel() throws {
        var samples = WireSamples(seed: 3)
        let parcel = samples.digest()
        let (opened, certificate) = try Letter.open(
            letter(parcel, by: device), hubKey: hub.publicKey, parcel: parcel)
        #expect(opened.device == DeviceID(device.publicKey))
        #expect(certificate.role == .mentor)
        #expect(throws: WireError.self) {
            try Letter.open(
                letter(parcel, by: device), hubKey: hub.publicKey, parcel: samples.digest())
        }
        #expect(throws: WireError.self) {
            try Letter.open(letter(parcel, by: other), hubKey: hub.publicKey, parcel: parcel)
        }
        #expect(throws: WireError.self) {
            try Letter.open(
                letter(parcel, by: device), hubKey: other.publicKey, parcel: parcel)
        }
    }
}
