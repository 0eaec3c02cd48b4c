package import Model

/// A piece of a snapshot's content, cut where its size is reached, wherever that is in a record:
/// `inflated bytes (varint) ‖ zlib stream`.
package struct SnapshotPiece: Hashable, Sendable {
    package let bytes: [UInt8]
    /// Stands in the snapshot's head.
    package let hash: Digest

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = Digest.of(bytes, domain: .snapshotPiece)
    }

    /// Compresses a part of the content, which has at least one byte and keeps to the limit.
    package static func seal(_ content: [UInt8]) -> SnapshotPiece {
        precondition(
            (1...Limits.snapshotPieceBytesMax).contains(content.count),
            "A piece is neither empty nor larger than allowed.")
        var writer = ByteWriter(reservingCapacity: content.count / 2)
        writer.append(count: content.count)
        writer.append(bytes: Deflate.deflate(content))
        return SnapshotPiece(writer.bytes)
    }

    /// Inflates the piece. Every bound is checked before the work it bounds.
    package func open() throws(WireError) -> [UInt8] {
        try Limit.bytes(bytes.count, atMost: WireFormat.snapshotPieceBytesMax, "piece")
        let count: UInt64
        let offset: Int
        do throws(DecodingFailure) {
            var reader = ByteReader(bytes)
            count = try reader.varint()
            offset = reader.offset
        } catch {
            throw WireError(error, in: "piece of a snapshot")
        }
        guard count > 0, count <= UInt64(Limits.snapshotPieceBytesMax) else {
            throw WireError(.tooLarge, "The piece of a snapshot states \(count) bytes.")
        }
        guard Int(count) / WireFormat.inflationRatioMax <= bytes.count - offset else {
            throw WireError(.inflatesTooFar, "The piece of a snapshot states \(count) bytes.")
        }
        return try Deflate.inflate(bytes, from: offset, to: Int(count))
    }
}
