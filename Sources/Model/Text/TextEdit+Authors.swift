extension TextEdit {
    /// The same as events of another device, from this number on, its parents under other names
    /// where they have got them: work that is written anew under another key.
    package func authored(
        by device: DeviceID, from sequence: UInt64,
        renaming parent: (TextEventID) -> TextEventID = { $0 }
    ) -> TextEdit {
        TextEdit(
            device: device, sequence: sequence, parents: TextVersion(parents.heads.map(parent)),
            operations: operations)
    }

    /// What it makes of the text that its author had; nil if that is another one.
    package func applied(to text: String) -> String? {
        var buffer = TextBuffer(Array(text.utf8))
        for run in operations.runs {
            let start = min(run.position, run.cursor)
            switch run.kind {
            case .insertion:
                guard 0...buffer.count ~= run.position else { return nil }
                buffer.insert(operations.text(of: run), count: run.count, at: run.position)
            case .deletion, .backspace:
                guard start >= 0, start + run.count <= buffer.count else { return nil }
                buffer.remove(run.count, at: start)
            }
        }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    /// All that it inserts, in order.
    package var insertedText: String { String(decoding: operations.inserted, as: UTF8.self) }

    /// Words that an author wrote in one place of a text.
    package struct WrittenWords: Equatable, Sendable {
        package let text: String
        /// The blank between these words and the ones before, if nothing else lies between them; nil
        /// for the first ones, and where other words do.
        package let blankBefore: String?
    }

    /// The words that its author wrote, place by place: what it inserts without what it deletes
    /// only to put it in again, as a rewrite of a sentence does with words of others. If the text
    /// is not the one that its author had, all that it inserts.
    package func writtenWords(over text: String) -> [WrittenWords] {
        guard let after = applied(to: text) else {
            return operations.runs.filter { $0.kind == .insertion }.map {
                WrittenWords(
                    text: String(decoding: operations.text(of: $0), as: UTF8.self),
                    blankBefore: nil)
            }
        }
        let scalars = Array(after.unicodeScalars)
        var words: [WrittenWords] = []
        var end = 0
        for splice in TextDifference.changedWords(from: text, to: after)
        where !splice.inserted.isEmpty {
            let between = scalars[end..<splice.position]
            let isBlank = !words.isEmpty && between.allSatisfy(\.properties.isWhitespace)
            words.append(
                WrittenWords(
                    text: splice.inserted,
                    blankBefore: isBlank ? String(String.UnicodeScalarView(between)) : nil))
            end = splice.position + splice.inserted.unicodeScalars.count
        }
        return words
    }

    /// Whether it has this event.
    package func contains(_ id: TextEventID) -> Bool {
        id.device == device && id.sequence >= sequence && id.sequence - sequence < UInt64(count)
    }
}

extension TextDocument {
    /// An edit that takes back what edits of one device have done: it makes of the text after them
    /// the text before them, having seen no more than they had. Merged with what others have done
    /// since, it leaves theirs as it is. The edits are consecutive ones, all in this history; nil if
    /// there is nothing to take back.
    package func reversal(
        of edits: [TextEdit], by device: DeviceID, numbersFrom floor: UInt64 = 0
    ) throws(TextFailure) -> TextEdit? {
        guard let first = edits.first, let last = edits.last else { return nil }
        let before = try text(at: first.parents)
        return try edit(savingAs: before, over: last.version, by: device, numbersFrom: floor)
    }
}
