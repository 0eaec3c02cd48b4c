package import Model

/// The stored form of a text's history: its two columns, each compressed if that makes it shorter.
/// The text itself is stored beside it and is needed to read the history, because the history does
/// not repeat it: the inserted text is compressed with the text as a dictionary, and left out if
/// it is the text.
///
///     for each column: inflated count (varint) ‖ stored count (varint) ‖ payload
///
/// The structure comes first, then the inserted text. Equal counts mean that the payload is not
/// compressed; what is shorter than a line never is. If the inserted text is the text, its column has the counts of an empty one.
package enum TextArchive {
    private static let shortColumnBytes = 48

    package static func bytes(of history: TextHistory, text: String) -> [UInt8] {
        bytes(of: history.columns, text: text)
    }

    /// The same for columns that have been worked out already.
    package static func bytes(
        of columns: (structure: [UInt8], text: [UInt8]), text: String
    ) -> [UInt8] {
        let (structure, inserted) = columns
        let text = Array(text.utf8)
        var writer = ByteWriter(reservingCapacity: structure.count + inserted.count / 2)
        append(structure, dictionary: [], to: &writer)
        append(inserted == text ? [] : inserted, dictionary: text, to: &writer)
        return writer.bytes
    }

    /// Reads a history; what has been damaged, or is stored beside another text, is an error.
    package static func history(
        _ bytes: [UInt8], text: String
    ) throws(WireError) -> TextHistory {
        let text = Array(text.utf8)
        var reader = ByteReader(bytes)
        let structure = try column(of: &reader, dictionary: [])
        var inserted = try column(of: &reader, dictionary: text)
        do throws(DecodingFailure) {
            try reader.requireEnd()
            if inserted.isEmpty { inserted = text }
            return try TextHistory(structure: structure, text: inserted)
        } catch {
            throw WireError(error, in: "stored history")
        }
    }

    /// A text on its own, compressed like a column.
    package static func bytes(ofText text: String) -> [UInt8] {
        var writer = ByteWriter()
        append(Array(text.utf8), dictionary: [], to: &writer)
        return writer.bytes
    }

    package static func text(_ bytes: [UInt8]) throws(WireError) -> String {
        var reader = ByteReader(bytes)
        let column = try column(of: &reader, dictionary: [])
        guard reader.isAtEnd, let text = String(validating: column, as: UTF8.self) else {
            throw WireError(.malformed, "A stored text is not UTF-8.")
        }
        return text
    }

    private static func append(
        _ column: [UInt8], dictionary: [UInt8], to writer: inout ByteWriter
    ) {
        var payload = column
        // Compressing costs more than so few bytes are worth.
        if column.count > shortColumnBytes {
            let deflated = DictionaryDeflate.deflate(column, dictionary: dictionary)
            if deflated.count < column.count { payload = deflated }
        }
        writer.append(count: column.count)
        writer.append(count: payload.count)
        writer.append(bytes: payload)
    }

    private static func column(
        of reader: inout ByteReader, dictionary: [UInt8]
    ) throws(WireError) -> [UInt8] {
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
        return try DictionaryDeflate.inflate(payload, to: Int(count), dictionary: dictionary)
    }
}
