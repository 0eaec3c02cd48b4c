import Model
@testable import Wire

extension Decoder {
    /// Bundles, which couriers carry, and snapshots.
    static let carried: [Decoder] = [
        Decoder("bundle", seeds: { try $0.bytes("bundles") }) { bytes in
            let (parcels, _) = try Parcel.readAll(bytes)
            for parcel in parcels {
                // A cut parcel is what it was before the cut.
                again(parcel.id) { try Parcel(encodedBytes: parcel.encodedBytes).id }
                again(parcel.head) { try ParcelHead(headBytes: parcel.head.headBytes) }
                _ = parcel.head.isFor(DeviceID(Keys.device.publicKey))
            }
        },
        Decoder("parcelPart", seeds: { try parts($0) }) { bytes in
            let part = try ParcelPart(encodedBytes: bytes)
            again(part) { try ParcelPart(encodedBytes: part.encodedBytes) }
        },
        Decoder("piece", seeds: { _ in [SnapshotPiece.seal(content).bytes] }) { bytes in
            let content = try SnapshotPiece(bytes).open()
            again(content) { try SnapshotPiece.seal(content).open() }
        },
        Decoder("snapshot", seeds: { _ in [content] }) { bytes in
            // In two pieces, as answers bring it.
            var reader = SnapshotReader()
            reader.append(Array(bytes.prefix(bytes.count / 2)))
            var devices = try reader.devices()
            if devices != nil { while let record = try reader.next() { _ = try record.document() } }
            reader.append(Array(bytes.dropFirst(bytes.count / 2)))
            if devices == nil { devices = try reader.devices() }
            while devices != nil, let record = try reader.next() { _ = try record.document() }
            try reader.requireEnd()
        },
    ]

    private static let content: [UInt8] = {
        let device = DeviceID(Keys.device.publicKey)
        var writer = SnapshotWriter(devices: [DeviceNumber(device: device, number: 7)])
        for counter in 1...3 {
            writer.append(
                SnapshotRecord(
                    record: RecordID(device: device, counter: UInt64(counter)),
                    canonicalBytes: Array("canonical bytes \(counter)".utf8)))
        }
        writer.finish()
        return writer.pieces.flatMap { (try? $0.open()) ?? [] }
    }()

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
