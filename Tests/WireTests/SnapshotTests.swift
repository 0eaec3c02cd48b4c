import Cryptography
import Model
import Testing
import Wire

@Suite struct SnapshotTests {
    private let hub = WireSamples.key(seed: [UInt8](repeating: 1, count: 32))

    private func records(_ samples: inout WireSamples, count: Int) -> [SnapshotRecord] {
        (0..<count).map { _ in
            SnapshotRecord(
                record: samples.record(), canonicalBytes: samples.bytes(samples.below(300)),
                attachments: (0..<samples.below(3)).map { _ in
                    SnapshotRecord.Attachment(
                        kind: samples.number(), field: FieldID(UInt32(samples.below(90))),
                        bytes: samples.bytes(samples.below(40)))
                })
        }
    }

    private func devices(_ samples: inout WireSamples) -> [DeviceNumber] {
        (0..<samples.below(5)).map { _ in
            DeviceNumber(device: samples.device(), number: samples.number())
        }
    }

    private func written(
        _ records: [SnapshotRecord], devices: [DeviceNumber], pieceBytes: Int
    ) -> SnapshotWriter {
        var writer = SnapshotWriter(devices: devices, pieceBytes: pieceBytes)
        for record in records { writer.append(record) }
        writer.finish()
        return writer
    }

    private func head(of writer: SnapshotWriter, _ samples: inout WireSamples) -> SnapshotHead {
        SnapshotHead(
            programme: ProgrammeID(hubKey: hub.publicKey), scope: samples.scope(),
            position: Position(epoch: 2, number: 9), opened: Position(epoch: 1, number: 3),
            chain: samples.digest(), stateHash: .zero, byteCount: writer.byteCount,
            recordCount: writer.recordCount, pieceHashes: writer.pieces.map(\.hash))
    }

    @Test(arguments: WireSamples.seeds(24))
    func contentComesBackWhereverItIsCut(_ seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let records = records(&samples, count: samples.below(40))
        let devices = devices(&samples)
        let pieceBytes = [1, 7, 100, 5_000, 1_000_000][samples.below(5)]
        let writer = written(records, devices: devices, pieceBytes: pieceBytes)
        var reader = SnapshotReader()
        var found: [SnapshotRecord] = []
        var foundDevices: [DeviceNumber]?
        var byteCount = 0
        for piece in writer.pieces {
            let content = try SnapshotPiece(piece.bytes).open()
            #expect(content.count <= min(pieceBytes, Limits.snapshotPieceBytesMax))
            byteCount += content.count
            reader.append(content)
            if foundDevices == nil { foundDevices = try reader.devices() }
            while foundDevices != nil, let record = try reader.next() { found.append(record) }
        }
        try reader.requireEnd()
        #expect(found == records)
        #expect(foundDevices == devices)
        #expect(reader.recordCount == writer.recordCount)
        #expect(byteCount == writer.byteCount)
    }

    @Test func cutContentIsNoticed() throws {
        var samples = WireSamples(seed: 3)
        let records = records(&samples, count: 3)
        let piece = written(records, devices: [], pieceBytes: 1_000_000).pieces[0]
        let content = try piece.open()
        for count in 0..<content.count {
            var reader = SnapshotReader()
            reader.append(Array(content[..<count]))
            guard try reader.devices() != nil else { continue }
            while try reader.next() != nil {}
            #expect(reader.recordCount < records.count || count == content.count)
        }
    }

    @Test func mutatedPiecesAndContentsAreErrors() throws {
        var samples = WireSamples(seed: 4)
        let records = records(&samples, count: 6)
        let piece = written(records, devices: devices(&samples), pieceBytes: 400).pieces[0]
        for mutated in mutations(of: piece.bytes) {
            #expect(SnapshotPiece(mutated).hash != piece.hash)
            _ = try? SnapshotPiece(mutated).open()
        }
        for mutated in mutations(of: try piece.open()) {
            var reader = SnapshotReader()
            reader.append(mutated)
            guard (try? reader.devices()) != nil else { continue }
            while (try? reader.next()) != nil {}
        }
        for mutated in mutations(of: records[0].canonicalBytes) {
            _ = try? RecordState(canonicalBytes: mutated, record: records[0].record)
        }
    }

    /// Bytes that state more than they are, or more than is allowed.
    @Test func piecesThatInflateTooFarAreRefused() {
        for stated in [0, Limits.snapshotPieceBytesMax + 1, .max] {
            var writer = ByteWriter()
            writer.append(varint: UInt64(stated))
            writer.append(bytes: [0x78, 0x9C, 3, 0, 0, 0, 0, 1])
            #expect(throws: WireError.self) { try SnapshotPiece(writer.bytes).open() }
        }
        let large = SnapshotPiece.seal([UInt8](repeating: 0, count: Limits.snapshotPieceBytesMax))
        #expect((try? large.open().count) == Limits.snapshotPieceBytesMax)
        let endless = [UInt8](repeating: 1, count: Limits.snapshotPieceBytesMax + 2048)
        #expect(throws: WireError.self) { try SnapshotPiece(endless).open() }
    }

    @Test func headIsTheHubsOrNobodys() throws {
        var samples = WireSamples(seed: 5)
        let writer = written(records(&samples, count: 4), devices: [], pieceBytes: 90)
        let head = head(of: writer, &samples)
        let signed = head.sign(with: hub)
        #expect(try signed.verify(hubKey: hub.publicKey) == head)
        let other = samples.key()
        #expect(throws: WireError.self) { try signed.verify(hubKey: other.publicKey) }
        #expect(throws: WireError.self) {
            try head.sign(with: other).verify(hubKey: other.publicKey)
        }
        for mutated in mutations(of: signed.headBytes) {
            let forged = SnapshotHead.Signed(headBytes: mutated, signature: signed.signature)
            #expect(forged.id != signed.id)
            #expect(throws: WireError.self) { try forged.verify(hubKey: hub.publicKey) }
        }
    }

    /// What the hub has signed must be possible all the same.
    @Test func impossibleHeadsAreRefused() {
        var samples = WireSamples(seed: 6)
        let writer = written(records(&samples, count: 4), devices: [], pieceBytes: 90)
        let good = head(of: writer, &samples)
        func isRefused(
            position: Position = good.position, opened: Position = good.opened,
            chain: Digest = good.chain, byteCount: Int = good.byteCount,
            recordCount: Int = good.recordCount, pieceHashes: [Digest] = good.pieceHashes
        ) -> Bool {
            let head = SnapshotHead(
                programme: good.programme, scope: good.scope, position: position, opened: opened,
                chain: chain, stateHash: good.stateHash, byteCount: byteCount,
                recordCount: recordCount, pieceHashes: pieceHashes)
            return (try? head.sign(with: hub).verify(hubKey: hub.publicKey)) == nil
        }
        #expect(!isRefused())
        #expect(isRefused(position: Position(epoch: 1, number: 2)))
        #expect(isRefused(opened: .start))
        #expect(isRefused(chain: .zero))
        #expect(isRefused(byteCount: .max))
        #expect(isRefused(recordCount: good.byteCount + 1))
        #expect(isRefused(pieceHashes: []))
    }

    @Test func partsAndCursorsSurviveTheWire() throws {
        var samples = WireSamples(seed: 7)
        let device = WireSamples.key(seed: [UInt8](repeating: 2, count: 32))
        let writer = written(records(&samples, count: 9), devices: [], pieceBytes: 200)
        let head = head(of: writer, &samples)
        var request = SyncRequest(
            programme: ProgrammeID(hubKey: hub.publicKey), device: DeviceID(device.publicKey),
            nonce: samples.bytes(16))
        request.takesSnapshots = true
        request.snapshots = [
            SnapshotCursor(scope: head.scope, head: head.sign(with: hub).id, pieceCount: 3),
            SnapshotCursor(scope: .programme, head: .zero, pieceCount: 0),
        ]
        request.history = [
            HistoryCursor(scope: .programme, position: .start, through: samples.position())
        ]
        let sealed = request.sealed(by: device).encodedBytes
        #expect(
            try SyncRequest.open(Envelope(encodedBytes: sealed), key: device.publicKey) == request)
        var answer = SyncAnswer(nonce: request.nonce, hubTime: HubTime(milliseconds: 1))
        answer.snapshots = [
            SnapshotPart(
                scope: head.scope, head: head.sign(with: hub), firstPiece: 0,
                pieces: writer.pieces),
            SnapshotPart(scope: .programme, head: nil, firstPiece: 7, pieces: []),
        ]
        let batch = samples.batch(programme: request.programme, key: device)
        answer.history = [
            SyncAnswer.Entry(
                batch: batch,
                admission: SignedAdmission.sign(samples.admission(of: batch), key: hub))
        ]
        answer.historyReached = [ScopeCursor(scope: .programme, position: samples.position())]
        let bytes = answer.sealed(by: hub).encodedBytes
        #expect(
            try SyncAnswer.open(
                Envelope(encodedBytes: bytes), hubKey: hub.publicKey, nonce: request.nonce)
                == answer)
    }
}
