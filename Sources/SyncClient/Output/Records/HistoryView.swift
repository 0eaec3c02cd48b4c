import Model
import Replica

/// One change in the history of a record, as commands show it.
struct HistoryView {
    let entry: HistoryEntry

    private var fieldName: String { FieldValue.name(of: entry.field, in: entry.entity) }

    var json: JSONValue {
        let (from, to) = values
        return [
            "at": .time(entry.at.milliseconds), "by": author,
            "device": .string(entry.device.text), "field": .string(fieldName),
            "from": json(from), "to": json(to), "state": .string(entry.state.rawValue),
            "reason": JSONValue(entry.reason?.code), "scope": .string(entry.scope.kind.name),
            "version": .string(entry.version), "words": words,
            "sameTimeAs": .array(entry.sameTimeAs.map { .string($0) }),
        ]
    }

    /// What an edit has changed in a text; null for other changes.
    private var words: JSONValue {
        guard case .splice = entry.operation else { return .null }
        return .array(
            changedWords.map { word in
                [
                    "at": JSONValue(word.position), "deleted": .string(word.deleted),
                    "inserted": .string(word.inserted),
                ]
            })
    }

    /// The words that an edit of a text took out, and what it put in their place. Positions are
    /// those of the text before, in Unicode scalar values.
    private var changedWords: [(position: Int, deleted: String, inserted: String)] {
        let before = entry.before.text ?? ""
        let scalars = Array(before.unicodeScalars)
        var shift = 0
        let after = entry.after.text ?? ""
        return TextDifference.changedWords(from: before, to: after).map { splice in
            let start = splice.position - shift
            shift += splice.inserted.unicodeScalars.count - splice.deletedCount
            var deleted = String.UnicodeScalarView()
            deleted.append(contentsOf: scalars[start..<start + splice.deletedCount])
            return (start, String(deleted), splice.inserted)
        }
    }

    private var author: JSONValue {
        switch entry.author {
        case .hub: "hub"
        case .member(let member): JSONValue(member?.text)
        }
    }

    /// What a change found and left: a value of the field, or a word about the whole record.
    private enum Side {
        case nothing
        case word(String)
        case life(LifeMark)
        case value(Value)
    }

    private var values: (from: Side, to: Side) {
        let before: Side = entry.lifeBefore.map { .life($0) } ?? .nothing
        switch entry.operation {
        case .create, .restore: return (before, .life(.live))
        case .delete: return (before, .life(.deleted))
        case .leave: return (before, .life(.left))
        case .set(let value): return (.value(entry.before), .value(value))
        case .add(let element): return (.nothing, .value(element))
        case .remove(let element): return (.value(element), .nothing)
        case .contribute(let amount): return (.value(entry.before), .value(.integer(amount)))
        case .splice: return (.value(entry.before), .value(entry.after))
        case .erase: return (before, .word("erased"))
        case .erased: return (.nothing, .word("(erased)"))
        case .opaque: return (.nothing, .word("of a later version"))
        }
    }

    private func json(_ side: Side) -> JSONValue {
        switch side {
        case .nothing: .null
        case .word(let word): .string(word)
        case .life(let mark): .string(mark.word)
        case .value(let value): FieldValue.json(value, of: entry.field, in: entry.entity)
        }
    }

    private func text(_ side: Side, _ presentation: Presentation) -> String {
        switch side {
        case .nothing: ""
        case .word(let word): word
        case .life(let mark): mark.words(in: entry.scope)
        case .value(let value):
            FieldValue.text(value, of: entry.field, in: entry.entity, time: presentation.time)
        }
    }

    /// What fits into a column; what does not is shown below the row.
    private static let charactersMax = 32

    private static func fitsColumn(_ text: String) -> Bool {
        text.count <= charactersMax && !text.contains(where: \.isNewline)
    }

    /// What the columns show: of an edit of a text the changed words alone. Nil where it does not
    /// fit, or could not be seen.
    private func columns(_ presentation: Presentation) -> (from: String, to: String)? {
        let (from, to) = values
        var columns = (from: text(from, presentation), to: text(to, presentation))
        if case .splice = entry.operation {
            // Whoever lets stand what several wrote at the same time.
            if entry.before == entry.after { return ("", "(left as it was)") }
            guard let word = changedWords.first, changedWords.count == 1 else { return nil }
            columns = (word.deleted, word.inserted)
            let isSpace = [columns.from, columns.to].allSatisfy { $0.allSatisfy(\.isWhitespace) }
            if isSpace { return nil }
        }
        return Self.fitsColumn(columns.from) && Self.fitsColumn(columns.to) ? columns : nil
    }

    /// All that was changed, word by word.
    private func changes(_ presentation: Presentation) -> TerminalText {
        let (from, to) = values
        return MarkedText(from: text(from, presentation), to: text(to, presentation))
            .text(linesAround: 0, indent: Self.indent)
    }

    /// As wide as the first column.
    private static let indent = String(repeating: " ", count: 10)

    static func table(
        _ history: [HistoryView], devices: [DeviceID: String], _ presentation: Presentation
    ) -> TextTable {
        var table = TextTable([
            "VERSION", "AT", "BY", "DEVICE", "FIELD", "FROM", "TO", "STATE",
        ])
        for view in history {
            let entry = view.entry
            let author =
                switch entry.author {
                case .hub: "the hub"
                case .member(let member): presentation.name(member)
                }
            let columns = view.columns(presentation)
            table.add(
                [
                    "\(String(entry.version.prefix(8)), .faint)",
                    "\(presentation.time.string(entry.at.milliseconds))", "\(author)",
                    "\(devices[entry.device] ?? String(entry.device.text.prefix(8)))",
                    "\(view.fieldName)", "\(columns?.from ?? "")", "\(columns?.to ?? "")",
                    view.stateText,
                ], below: columns == nil ? view.changes(presentation) : nil)
        }
        return table
    }

    private var stateText: TerminalText {
        var text: TerminalText =
            switch entry.state {
            case .waiting: "\("waiting", .warning)"
            case .admitted: "\("admitted", .success)"
            case .refused: "\("refused", .error)"
            }
        // Both versions of the words are in the history; this says which belong together.
        let others = Set(entry.sameTimeAs.map { String($0.prefix(8)) }).sorted()
        if !others.isEmpty {
            text.append("\(", at the same time as \(Self.listed(others))", .warning)")
        }
        return text
    }

    /// A few of them in full, else how many more there are; all are in the JSON.
    private static func listed(_ versions: [String]) -> String {
        let listedMax = 3
        guard versions.count > listedMax else { return versions.joined(separator: ", ") }
        let shown = versions.prefix(listedMax - 1).joined(separator: ", ")
        return "\(shown) and \(versions.count - listedMax + 1) more"
    }
}
