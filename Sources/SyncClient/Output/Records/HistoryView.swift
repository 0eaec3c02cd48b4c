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
        case value(Value)
    }

    private var values: (from: Side, to: Side) {
        let before: Side = entry.lifeBefore.map { .word($0.word) } ?? .nothing
        switch entry.operation {
        case .create, .restore: return (before, .word(LifeMark.live.word))
        case .delete: return (before, .word(LifeMark.deleted.word))
        case .leave: return (before, .word(LifeMark.left.word))
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
        case .value(let value): FieldValue.json(value, of: entry.field, in: entry.entity)
        }
    }

    /// What the columns show: of a text the changed words alone.
    private var shownValues: (from: Side, to: Side) {
        guard case .splice = entry.operation else { return values }
        let words = changedWords
        func joined(_ parts: [String]) -> Side {
            .word(
                parts.map(TerminalText.flattened).filter { !$0.isEmpty }.joined(separator: " … "))
        }
        return (joined(words.map(\.deleted)), joined(words.map(\.inserted)))
    }

    private func text(_ side: Side, _ presentation: Presentation) -> String {
        let text =
            switch side {
            case .nothing: ""
            case .word(let word): word
            case .value(let value):
                FieldValue.text(
                    value, of: entry.field, in: entry.entity, time: presentation.time)
            }
        let line = TerminalText.flattened(text)
        return line.count <= Self.charactersMax ? line : line.prefix(Self.charactersMax) + "…"
    }

    /// What fits a column; JSON has the whole text.
    private static let charactersMax = 32

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
            let (from, to) = view.shownValues
            table.add([
                "\(String(entry.version.prefix(8)), .faint)",
                "\(presentation.time.string(entry.at.milliseconds))", "\(author)",
                "\(devices[entry.device] ?? String(entry.device.text.prefix(8)))",
                "\(view.fieldName)", "\(view.text(from, presentation))",
                "\(view.text(to, presentation))", view.stateText,
            ])
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
            text.append("\(", same words as \(others.joined(separator: ", "))", .warning)")
        }
        return text
    }
}
