import Model
import Wire

extension Decoder {
    /// Texts that several people edit, and their histories.
    static let texts: [Decoder] = [
        Decoder("edit", byteCountMax: 1024, seeds: { try $0.bytes("texts") }) { bytes in
            let edit = try TextEdit(encoded: bytes, by: writer)
            again(edit) { try TextEdit(encoded: edit.encoded, by: writer) }
            var document = TextDocument()
            _ = document.save("A text that is there already.", by: other)
            _ = document.merge([edit])
            _ = document.text
            again(document.history.canonicalBytes) {
                try TextHistory(canonicalBytes: document.history.canonicalBytes).canonicalBytes
            }
        },
        Decoder("history", byteCountMax: 1024, seeds: { try $0.bytes("texts", key: "canonical") }) {
            bytes in
            let history = try TextHistory(canonicalBytes: bytes)
            precondition(history.canonicalBytes == bytes, "A history has one form.")
            var document = try TextDocument(replaying: history)
            _ = document.text
            _ = document.merge(history.edits())
        },
        Decoder("archive", byteCountMax: 1024, seeds: { try archives($0) }) { bytes in
            // The first byte says how many of the next ones are the text beside the history.
            let count = Int(bytes.first ?? 0)
            let text = String(decoding: bytes.dropFirst().prefix(count), as: UTF8.self)
            let stored = Array(bytes.dropFirst(1 + count))
            _ = try? TextArchive.text(stored)
            let history = try TextArchive.history(stored, text: text)
            again(history.canonicalBytes) {
                try TextArchive.history(TextArchive.bytes(of: history, text: text), text: text)
                    .canonicalBytes
            }
        },
    ]

    private static let writer = DeviceID(rawValue: 0x6F1D_F292_4DBB_4A20)
    private static let other = DeviceID(rawValue: 0x2113_5684_DCF3_560F)

    private static func archives(_ vectors: Vectors) throws -> [[UInt8]] {
        try vectors.bytes("texts", key: "canonical").compactMap { bytes in
            guard let history = try? TextHistory(canonicalBytes: bytes),
                let text = (try? TextDocument(replaying: history))?.text,
                text.utf8.count < 256
            else { return nil }
            return [UInt8(text.utf8.count)] + Array(text.utf8)
                + TextArchive.bytes(of: history, text: text)
        }
    }
}
