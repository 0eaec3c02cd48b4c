package import Model

/// A record in a snapshot.
package struct SnapshotRecord: Hashable, Sendable {
    /// What belongs to the admitted state of a field and has no place in its cells.
    package struct Attachment: Hashable, Sendable {
        /// What it is; a reader leaves out what it does not know.
        package let kind: UInt64
        package let field: FieldID
        package let bytes: [UInt8]

        package init(kind: UInt64, field: FieldID, bytes: [UInt8]) {
            self.kind = kind
            self.field = field
            self.bytes = bytes
        }
    }

    package let record: RecordID
    /// Over these and the id the scope's state hash is made; see `protocol/state.md`.
    package let canonicalBytes: [UInt8]
    package let attachments: [Attachment]

    package init(
        record: RecordID, canonicalBytes: [UInt8], attachments: [Attachment] = []
    ) {
        self.record = record
        self.canonicalBytes = canonicalBytes
        self.attachments = attachments
    }
}

/// Writes a snapshot's content and cuts it into pieces:
///
///     count of devices ‖ devices (8 bytes) each with its last number ‖ records
///
/// where a record is `id (16) ‖ length ‖ canonical form ‖ count ‖ attachments`, and an attachment
/// is `kind ‖ field ‖ length ‖ bytes`.
package struct SnapshotWriter {
    package private(set) var pieces: [SnapshotPiece] = []
    package private(set) var byteCount = 0
    package private(set) var recordCount = 0
    private let pieceBytes: Int
    private var writer = ByteWriter()

    /// - Parameters:
    ///   - devices: for each device that wrote in the scope the number of its last change there.
    ///   - pieceBytes: where the content is cut.
    package init(devices: [DeviceNumber], pieceBytes: Int = Limits.snapshotPieceBytesMax) {
        self.pieceBytes = min(max(pieceBytes, 1), Limits.snapshotPieceBytesMax)
        writer.append(beyond: devices)
    }

    package mutating func append(_ record: SnapshotRecord) {
        writer.append(bytes: record.record.bytes)
        writer.append(lengthPrefixed: record.canonicalBytes)
        writer.append(count: record.attachments.count)
        for attachment in record.attachments {
            writer.append(varint: attachment.kind)
            writer.append(varint: UInt64(attachment.field.rawValue))
            writer.append(lengthPrefixed: attachment.bytes)
        }
        recordCount += 1
        cut(atLeast: pieceBytes)
    }

    /// Makes the last piece of what is left. Nothing can be appended after that.
    package mutating func finish() { cut(atLeast: 1) }

    private mutating func cut(atLeast least: Int) {
        let bytes = writer.bytes
        var start = 0
        while bytes.count - start >= least {
            let end = min(start + pieceBytes, bytes.count)
            pieces.append(SnapshotPiece.seal(Array(bytes[start..<end])))
            start = end
        }
        guard start > 0 else { return }
        byteCount += start
        writer = ByteWriter(reservingCapacity: pieceBytes)
        writer.append(bytes: bytes[start...])
    }
}

/// Reads a snapshot's content, piece by piece.
package struct SnapshotReader {
    /// How many records came out so far.
    package private(set) var recordCount = 0
    private var bytes: [UInt8] = []
    private var reader = ByteReader([])

    package init() {}

    /// Takes in the next part of the content.
    package mutating func append(_ content: [UInt8]) {
        bytes = Array(bytes[reader.offset...]) + content
        reader = ByteReader(bytes)
    }

    /// What stands before the records; nil while it is not whole.
    package mutating func devices() throws(WireError) -> [DeviceNumber]? {
        try whole { reader throws(DecodingFailure) in try reader.beyond() }
    }

    /// The next record; nil while it is not whole.
    package mutating func next() throws(WireError) -> SnapshotRecord? {
        let record = try whole { reader throws(DecodingFailure) in try Self.record(&reader) }
        if record != nil { recordCount += 1 }
        return record
    }

    /// Throws unless everything was read.
    package func requireEnd() throws(WireError) {
        guard reader.isAtEnd else {
            throw WireError(.truncated, "The snapshot ends within a record.")
        }
    }

    private mutating func whole<Part>(
        _ read: (inout ByteReader) throws(DecodingFailure) -> Part
    ) throws(WireError) -> Part? {
        var ahead = reader
        do throws(DecodingFailure) {
            let part = try read(&ahead)
            reader = ahead
            return part
        } catch .truncated {
            return nil
        } catch {
            throw WireError(error, in: "snapshot")
        }
    }

    private static func record(
        _ reader: inout ByteReader
    ) throws(DecodingFailure) -> SnapshotRecord {
        guard let record = RecordID(bytes: try reader.bytes(count: 16)) else { throw .truncated }
        let canonicalBytes = try reader.lengthPrefixed()
        let count = try reader.count(bytesEach: 3)
        var attachments: [SnapshotRecord.Attachment] = []
        for _ in 0..<count {
            let kind = try reader.varint()
            guard let field = UInt32(exactly: try reader.varint()) else { throw .numberTooLarge }
            attachments.append(
                SnapshotRecord.Attachment(
                    kind: kind, field: FieldID(field), bytes: try reader.lengthPrefixed()))
        }
        return SnapshotRecord(
            record: record, canonicalBytes: canonicalBytes, attachments: attachments)
    }
}
