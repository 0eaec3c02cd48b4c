import Cryptography
import Model
@testable import Wire

extension Decoder {
    /// Bundles, which couriers carry, and snapshots.
    static let carried: [Decoder] = [
        Decoder("bundle", byteCountMax: 4096, seeds: { try $0.bytes("bundles") }) { bytes in
            let (parcels, _) = try Parcel.readAll(bytes)
            for parcel in parcels {
                // A cut parcel is what it was before the cut.
                again(parcel.id) { try Parcel(encodedBytes: parcel.encodedBytes).id }
                again(parcel.head) { try ParcelHead(headBytes: parcel.head.headBytes) }
                _ = parcel.head.isFor(DeviceID(Keys.device.publicKey))
            }
        },
        Decoder("parcelPart", byteCountMax: 4096, seeds: { try parts($0) }) { bytes in
            let part = try ParcelPart(encodedBytes: bytes)
            again(part) { try ParcelPart(encodedBytes: part.encodedBytes) }
        },
        Decoder("letter", byteCountMax: 1024, seeds: { try letters($0) }) { bytes in
            // The device that the certificate names signed it, whichever that is.
            guard let message = try? Waymark_V1_Letter(reading: bytes, "letter"),
                let signed = try? DeviceCertificate.Signed(message.certificate),
                let certificate = try? signed.verify(hubKey: Keys.hub.publicKey)
            else { return }
            let envelope = Envelope(
                payload: bytes, signer: certificate.device, signature: Keys.noSignature)
            _ = try Letter.open(envelope, hubKey: Keys.hub.publicKey, parcel: .zero)
        },
        Decoder(
            "piece", byteCountMax: 1024, seeds: { _ in [SnapshotPiece.seal(snapshotContent).bytes] }
        ) { bytes in
            let content = try SnapshotPiece(bytes).open()
            again(content) { try SnapshotPiece.seal(content).open() }
        },
        Decoder(
            "snapshot", byteCountMax: 2048, seeds: { try [snapshotContent] + contentsWithTexts($0) }
        ) { bytes in
            // In two pieces, as answers bring it.
            var reader = SnapshotReader()
            reader.append(Array(bytes.prefix(bytes.count / 2)))
            var devices = try reader.devices()
            while devices != nil, let record = try reader.next() { try look(record) }
            reader.append(Array(bytes.dropFirst(bytes.count / 2)))
            if devices == nil { devices = try reader.devices() }
            while devices != nil, let record = try reader.next() { try look(record) }
            try reader.requireEnd()
        },
        Decoder(
            "snapshotHead", byteCountMax: 1024,
            seeds: { _ in [snapshotHead.sign(with: Keys.hub).headBytes] }
        ) { bytes in
            let hub = Keys.hub
            let signed = SnapshotHead.Signed(headBytes: bytes, signature: Keys.noSignature)
            let head = try signed.verify(hubKey: hub.publicKey)
            again(head) { try head.sign(with: hub).verify(hubKey: hub.publicKey) }
        },
        Decoder("state", byteCountMax: 2048, seeds: { try $0.bytes("states", key: "canonical") }) {
            bytes in
            let record = RecordID(device: DeviceID(Keys.device.publicKey), counter: 1)
            let state = try RecordState(canonicalBytes: bytes, record: record)
            let written = state.canonicalBytes
            again(written) {
                try RecordState(canonicalBytes: written, record: record).canonicalBytes
            }
        },
    ]

    static let snapshotHead = SnapshotHead(
        programme: ProgrammeID(hubKey: Keys.hub.publicKey), scope: .programme,
        position: Position(epoch: 1, number: 300), opened: Position(epoch: 1, number: 2),
        chain: Digest.of([], domain: .section), stateHash: .zero, byteCount: snapshotContent.count,
        recordCount: 3, pieceHashes: [SnapshotPiece.seal(snapshotContent).hash])

    private static func letters(_ vectors: Vectors) throws -> [[UInt8]] {
        try certificates(vectors).map { certificate in
            Letter.seal(
                programme: ProgrammeID(hubKey: Keys.hub.publicKey),
                reader: MemberID(RecordID(device: DeviceID(rawValue: 1), counter: 1)),
                parcel: .zero, certificate: certificate, key: Keys.device
            ).payload
        }
    }

    private static func look(_ record: SnapshotRecord) throws {
        _ = try? RecordState(canonicalBytes: record.canonicalBytes, record: record.record)
        for attachment in record.attachments { _ = try attachment.document() }
    }

    private static let device = DeviceID(Keys.device.publicKey)

    static let snapshotContent = content(
        (1...3).map { counter in
            SnapshotRecord(
                record: RecordID(device: device, counter: counter),
                canonicalBytes: Array("canonical bytes \(counter)".utf8))
        })

    private static func content(_ records: [SnapshotRecord]) -> [UInt8] {
        var writer = SnapshotWriter(devices: [DeviceNumber(device: device, number: 7)])
        for record in records { writer.append(record) }
        writer.finish()
        return writer.pieces.flatMap { (try? $0.open()) ?? [] }
    }

    private static func contentsWithTexts(_ vectors: Vectors) throws -> [[UInt8]] {
        let states = try vectors.bytes("states", key: "canonical")
        let histories = try vectors.bytes("texts", key: "canonical").compactMap {
            try? TextHistory(canonicalBytes: $0)
        }
        return zip(states, histories).compactMap { state, history in
            guard let text = (try? TextDocument(replaying: history))?.text else { return nil }
            return content([
                SnapshotRecord(
                    record: RecordID(device: device, counter: 1), canonicalBytes: state,
                    attachments: [
                        SnapshotRecord.Attachment(
                            text: text, history: TextArchive.bytes(of: history, text: text),
                            of: FieldID(3))
                    ])
            ])
        }
    }

    private static func parts(_ vectors: Vectors) throws -> [[UInt8]] {
        let batches = try vectors.bytes("batches").compactMap { bytes -> SealedBatch? in
            guard let batch = try? SealedBatch(encodedBytes: bytes),
                (try? batch.header()) != nil
            else { return nil }
            return batch
        }
        return batches.map {
            ParcelPart.entry(CarriedBatch(batch: $0, admission: nil)).encodedBytes
        }
    }
}
