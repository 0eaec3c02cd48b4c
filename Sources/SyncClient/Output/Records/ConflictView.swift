import Model
import Replica

/// An open conflict as commands show it.
struct ConflictView {
    let conflict: RecordConflict
    /// A few words by which people know the record, and its title if it has one.
    private let label: String
    private let title: String?
    /// Of words that several have rewritten, what the text said before; nil where it was not asked
    /// for.
    private let before: String?
    /// Whether the reader may settle it; else it is somebody else's to settle.
    private let isYours: Bool
    /// The names of devices, where one person wrote several candidates on several.
    private let devices: [DeviceID: String]
    private let oneself: MemberID

    /// In full it can be shown by itself, else in a list.
    init(_ conflict: RecordConflict, in reader: ReplicaReader, inFull: Bool = false) throws {
        self.conflict = conflict
        oneself = reader.identity.member
        before = inFull ? try reader.textBefore(conflict) : nil
        isYours = try reader.maySettle(conflict)
        let entity = Schema.entity(conflict.entity)
        let record = try entity.flatMap {
            try reader.record(conflict.record, of: $0, includesDead: true)
        }
        title = record?.title
        label = record?.label ?? ""
        devices = try Self.devicesToTell(apart: conflict.authored, in: reader)
    }

    private static func devicesToTell(
        apart candidates: ArraySlice<RecordConflict.Candidate>, in reader: ReplicaReader
    ) throws -> [DeviceID: String] {
        var names: [DeviceID: String] = [:]
        for (author, own) in Dictionary(grouping: candidates, by: \.author) {
            guard let author, Set(own.map(\.device)).count > 1 else { continue }
            let devices = try reader.devices(of: author).filter { device in
                own.contains { $0.device == device.id }
            }
            for device in devices {
                let isAlone = devices.filter { $0.name == device.name }.count == 1
                names[device.id] =
                    isAlone ? device.name : "\(device.name) (\(device.id.text.prefix(8)))"
            }
        }
        return names
    }

    var json: JSONValue {
        [
            "id": .string(conflict.idText), "record": .string(conflict.record.text),
            "entity": JSONValue(Schema.entity(conflict.entity)?.name),
            "field": .string(fieldName), "kind": .string(conflict.kind.rawValue),
            "yours": .bool(isYours),
            "values": .array(
                conflict.candidates.enumerated().map { json($0.element, number: $0.offset + 1) }),
        ]
    }

    private var fieldName: String { FieldValue.name(of: conflict.field, in: conflict.entity) }

    private func json(_ candidate: RecordConflict.Candidate, number: Int) -> JSONValue {
        [
            "n": JSONValue(number), "value": value(candidate),
            "field": .string(FieldValue.name(of: candidate.field, in: conflict.entity)),
            "by": JSONValue(candidate.author?.text), "at": .time(candidate.at.milliseconds),
            "shown": .bool(candidate.isShown),
        ]
    }

    private func value(_ candidate: RecordConflict.Candidate) -> JSONValue {
        if let mark = candidate.mark { return .string(mark.word) }
        if candidate.isUnread { return .null }
        return FieldValue.json(candidate.value, of: candidate.field, in: conflict.entity)
    }

    func text(_ presentation: Presentation) -> TerminalText {
        let entity = Schema.entity(conflict.entity).map(RecordReference.noun) ?? "record"
        var lines: [TerminalText] = [
            "\(headline, .emphasis) of the \(entity) \(conflict.record.shortText, .faint)"
                + (title.map { " \($0)" } ?? ""),
            "  \("id", .faint)  \(conflict.idText)",
        ]
        let marks = markedTexts
        let disputed = MarkedText.linesChangedInSeveral(marks.dropFirst().compactMap { $0 })
        for (index, candidate) in conflict.candidates.enumerated() {
            let shown: TerminalText = candidate.isShown ? " \("(shown)", .success)" : ""
            lines.append(
                """
                  \(index + 1, .emphasis)  \(author(index, presentation)), \
                \(presentation.time.string(candidate.at.milliseconds))\(shown)
                """)
            if let same = earlierVersion(sameAs: index) {
                lines.append("       (the same as \(same + 1, .emphasis))")
            } else if let mark = marks[index] {
                lines.append(mark.text(linesAround: 1, indent: Self.indent, chosen: disputed))
            } else {
                lines.append(indented(candidate, presentation))
            }
        }
        if before != nil {
            lines.append(
                "  Compared with the text before: \("[-taken out-]", .error) "
                    + "\("{+put in+}", .success)")
            if let disputed,
                marks.contains(where: { !($0?.changedLines ?? []).isSubset(of: disputed) })
            {
                lines.append(
                    """
                      Changes in other lines are not shown; see them with: \
                    waymark history \(conflict.record.shortText)
                    """)
            }
        }
        lines.append(
            isYours
                ? "  Settle it with: waymark conflict resolve \(short) --keep \(choices)"
                : "  It is for others to settle; you can read this record, but not change it.")
        if isYours, conflict.kind == .rewrite {
            lines.append("  Or put the text right by editing it; that settles it, too.")
        }
        return .joined(lines)
    }

    /// Who wrote a candidate; of words that several have rewritten the first is what the text says.
    private func author(_ index: Int, _ presentation: Presentation) -> String {
        if conflict.kind == .rewrite, index == 0 { return "as it is now" }
        let candidate = conflict.candidates[index]
        let device = devices[candidate.device].map { $0.isEmpty ? "" : " on \($0)" } ?? ""
        return presentation.name(candidate.author) + device
    }

    private var headline: String {
        switch conflict.kind {
        case .value: "Different values in \(fieldName)"
        case .rewrite: "Written at one place at the same time in \(fieldName)"
        case .deletion: "Deletion and edit"
        case .departure where conflict.isDeletionOfMoved:
            wasShared ? "Deletion and sharing" : "Deletion and end of sharing"
        case .departure: wasShared ? "Change after the sharing" : "Change after the end of sharing"
        }
    }

    /// Whether the record left the member's own journal for others to read, or came back to it.
    private var wasShared: Bool { conflict.scope.kind == .own }

    private var short: String { String(conflict.idText.prefix(8)) }

    private var choices: String {
        switch conflict.kind {
        case .value: Self.listed(numbers + words + ["a new value"])
        // A text given here is the text of the field, and not only of the disputed words.
        case .rewrite: Self.listed(numbers + words + ["the whole text in new words"])
        case .deletion: "restore (the change) or delete (the record)"
        case .departure where conflict.isDeletionOfMoved: "restore (it stays) or delete (it goes)"
        case .departure: "restore (take the change over) or delete (drop it)"
        }
    }

    private var numbers: [String] {
        let count = conflict.candidates.count
        return count < 4 ? (1...count).map(String.init) : ["1 … \(count)"]
    }

    /// The words for values of which there is only one.
    private var words: [String] {
        [
            ("mine", conflict.candidates(by: oneself)),
            ("theirs", conflict.candidates(notBy: oneself)),
        ].filter { $0.1.count == 1 }.map(\.0)
    }

    private static func listed(_ choices: [String]) -> String {
        choices.dropLast().joined(separator: ", ") + " or " + (choices.last ?? "")
    }

    private func indented(
        _ candidate: RecordConflict.Candidate, _ presentation: Presentation
    ) -> TerminalText {
        if let before, candidate.value.text ?? "" == before {
            return TerminalText(Self.indent) + "(the text before, unchanged)"
        }
        var text = candidate.mark?.words(in: conflict.scope) ?? ""
        if candidate.mark == nil {
            text = FieldValue.text(
                candidate.value, of: candidate.field, in: conflict.entity, time: presentation.time)
            if candidate.isRemoval { text = "without \(text)" }
            if candidate.isUnread { text = "(a change of a later version)" }
            if !conflict.isOfField {
                text = "\(FieldValue.name(of: candidate.field, in: conflict.entity)): \(text)"
            }
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return .joined(lines.map { TerminalText(Self.indent) + "\($0)" })
    }

    private static let indent = String(repeating: " ", count: 7)

    /// Of words that several have rewritten how each version differs from the text before; nil for
    /// one that does not.
    private var markedTexts: [MarkedText?] {
        conflict.candidates.map { candidate in
            guard let before, case let text = candidate.value.text ?? "", text != before
            else { return nil }
            return MarkedText(from: before, to: text)
        }
    }

    /// The first of several versions that say the same.
    private func earlierVersion(sameAs index: Int) -> Int? {
        guard before != nil else { return nil }
        let text = conflict.candidates[index].value
        return conflict.candidates[..<index].firstIndex { $0.value == text }
    }

    /// What has become of the record as a whole, in a word or two.
    private var kindOfWhole: String {
        (conflict.kind == .departure ? LifeMark.left : .deleted).words(in: conflict.scope)
    }

    static func table(_ conflicts: [ConflictView], _ presentation: Presentation) -> TextTable {
        var table = TextTable(["ID", "FOR", "RECORD", "FIELD", "BETWEEN", "ABOUT"])
        for view in conflicts {
            let conflict = view.conflict
            let noun = Schema.entity(conflict.entity).map(RecordReference.noun) ?? "record"
            var people: [String] = []
            for candidate in conflict.authored {
                let name = presentation.name(candidate.author)
                if !people.contains(name) { people.append(name) }
            }
            table.add([
                "\(view.short, .faint)", view.isYours ? "you" : "others",
                "\(noun) \(conflict.record.shortText)",
                "\(conflict.isOfField ? view.fieldName : view.kindOfWhole)",
                "\(people.joined(separator: ", "))", "\(view.label)",
            ])
        }
        return table
    }
}

extension LifeMark {
    /// What people read about a record that is, or was, in a scope: entries leave one only to be
    /// shared, or not to be any more.
    func words(in scope: Scope) -> String {
        guard self == .left else { return word }
        return scope.kind == .own ? "shared" : "no longer shared"
    }

    /// The word in JSON for what became of a record.
    var word: String {
        switch self {
        case .live: "present"
        case .deleted: "deleted"
        case .left: "moved"
        }
    }
}
