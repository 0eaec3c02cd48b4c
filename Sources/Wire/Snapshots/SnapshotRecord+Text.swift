package import Model

/// A text that was edited since it was written comes with its history, of which its cell holds only
/// the hash: `length ‖ stored text ‖ stored history`, both as ``TextArchive`` has them.
extension SnapshotRecord.Attachment {
    /// Kind of the history of a text.
    package static let textHistoryKind: UInt64 = 1

    /// - Parameters:
    ///   - text: what the hub has admitted of the text.
    ///   - history: its history, stored beside it.
    ///   - field: the text's field.
    package init(text: String, history: [UInt8], of field: FieldID) {
        var writer = ByteWriter(reservingCapacity: history.count + text.utf8.count)
        writer.append(lengthPrefixed: TextArchive.bytes(ofText: text))
        writer.append(bytes: history)
        self.init(kind: Self.textHistoryKind, field: field, bytes: writer.bytes)
    }

    /// The text with its history, of which it must come; nil for another kind of attachment.
    package func document() throws(WireError) -> TextDocument? {
        guard kind == Self.textHistoryKind else { return nil }
        let stored: [UInt8]
        let history: [UInt8]
        do throws(DecodingFailure) {
            var reader = ByteReader(bytes)
            stored = try reader.lengthPrefixed()
            history = try reader.bytes(count: reader.remaining)
        } catch {
            throw WireError(error, in: "history of a text")
        }
        let text = try TextArchive.text(stored)
        let archive = try TextArchive.history(history, text: text)
        guard let document = try? TextDocument(replaying: archive),
            document.text.utf8.elementsEqual(text.utf8)
        else { throw WireError(.malformed, "A text is not what its history says.") }
        return document
    }
}
