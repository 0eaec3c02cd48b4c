package import Model

/// The stored form of a text's history: its two columns, each compressed by itself if that makes
/// it shorter. The text itself is stored beside it and is needed to read the history, because what
/// the two have in common is left out: if all that was ever inserted is the text as it stands,
/// only the structure is kept.
///
///     for each column: inflated count (varint) ‖ stored count (varint) ‖ payload
///
/// The structure comes first, then the inserted text. Equal counts mean that the payload is not
/// compressed. If the inserted text is the text, its column has the counts of an empty one.
package enum TextArchive {
    package static func bytes(of history: TextHistory, text: String) -> [UInt8] {
        let (structure, inserted) = history.columns
        var writer = ByteWriter(reservingCapacity: structure.count + inserted.count)
        append(structure, to: &writer)
        append(inserted.elementsEqual(text.utf8) ? [] : inserted, to: &writer)
        return writer.bytes
    }

    /// Reads a history; anything but what ``bytes(of:text:)`` could have written is an error.
    package static func history(
        _ bytes: [UInt8], text: String
    ) throws(WireError) -> TextHistory {
        var reader = ByteReader(bytes)
        let structure = try column(of: &reader)
        var inserted = try column(of: &reader)
        do throws(DecodingFailure) {
            try reader.requireEnd()
            if inserted.isEmpty { inserted = Array(text.utf8) }
            return try TextHistory(structure: structure, text: inserted)
        } catch {
            throw WireError(error, in: "stored history")
        }
    }

    /// A text on its own, compressed like a column.
    package static func bytes(ofText text: String) -> [UInt8] {
        var writer = ByteWriter()
        append(Array(text.utf8), to: &writer)
        return writer.bytes
    }

    package static func text(_ bytes: [UInt8]) throws(WireError) -> String {
        var reader = ByteReader(bytes)
        let column = try column(of: &reader)
        guard reader.isAtEnd, let text = String(validating: column, as: UTF8.self) else {
            throw WireError(.malformed, "A stored text is not UTF-8.")
        }
        return text
    }

    private static func append(_ column: [UInt8], to writer: inout ByteWriter) {
        let deflated = Deflate.deflate(column)
        let payload = deflated.count < column.count ? deflated : column
        writer.append(count: column.count)
        writer.append(count: payload.count)
        writer.append(bytes: payload)
    }

    private static func column(of reader: inout ByteReader) throws(WireError) -> [UInt8] {
        let count: UInt64
        let payload: [UInt8]
        do throws(DecodingFailure) {
            count = try reader.varint()
            payload = try reader.lengthPrefixed()
        } catch {
            throw WireError(error, in: "stored text")
        }
        if count == UInt64(payload.count) { return payload }
        // Deflate makes nothing smaller than this, so a stated count costs no memory it cannot fill.
        guard count <= UInt64(payload.count) * 1032, count > UInt64(payload.count) else {
            throw WireError(.malformed, "A stored text states \(count) bytes, which cannot be.")
        }
        return try Deflate.inflate(payload, from: 0, to: Int(count))
    }
}
