import Model

/// The texts of a record as those who saved them had them, worked out from its history.
struct TextVersions {
    typealias FoundChange = ReplicaReader.FoundChange

    private struct Place: Hashable {
        let scope: Scope
        let entity: EntityID
        let field: FieldID

        init(_ change: FoundChange) {
            scope = change.scope
            entity = change.placed.change.entity
            field = change.placed.change.field
        }
    }

    private struct Known {
        var document = TextDocument()
        /// Texts by version, so that of a long row of saves each is made from the one before.
        var texts: [TextVersion: String] = [.empty: ""]
        /// Who has rewritten the same words: versions by the edit's first event.
        var sameTimeAs: [TextEventID: [String]] = [:]
    }

    /// What one save made of a text.
    struct Save {
        let before: Value
        let after: Value
        let sameTimeAs: [String]
    }

    private var places: [Place: Known] = [:]

    init(of found: [FoundChange]) {
        let grouped = Dictionary(
            grouping: found.filter { $0.placed.textEdit != nil }, by: Place.init)
        for (place, changes) in grouped {
            var known = Known()
            let edits = changes.map { ($0, $0.placed.textEdit) }.compactMap { change, edit in
                edit.map { (change: change, edit: $0) }
            }
            // Numbers of refused edits are not used again, so refused ones do no harm.
            known.document.merge(edits.map(\.edit))
            for overlap in (try? known.document.overlaps()) ?? [] {
                let involved = edits.filter { item in
                    overlap.parts.contains { $0.meets(item.edit) }
                }
                for item in involved {
                    let others = involved.filter { $0.edit.device != item.edit.device }
                    known.sameTimeAs[item.edit.firstID, default: []] += others.map(\.change.version)
                }
            }
            places[place] = known
        }
    }

    /// The text before and after an edit; nil if the change is none.
    mutating func save(_ change: FoundChange) -> Save? {
        guard let edit = change.placed.textEdit, var known = places[Place(change)] else {
            return nil
        }
        let before =
            known.texts[edit.parents] ?? (try? known.document.text(at: edit.parents)) ?? ""
        let after = edit.applied(to: before) ?? before
        known.texts[edit.version] = after
        places[Place(change)] = known
        return Save(
            before: ShownText(before).value, after: ShownText(after).value,
            sameTimeAs: known.sameTimeAs[edit.firstID] ?? [])
    }
}

extension TextOverlap.Part {
    /// Whether some of the edit's events are among these.
    fileprivate func meets(_ edit: TextEdit) -> Bool {
        guard first.device == edit.device else { return false }
        return first.sequence < edit.sequence + UInt64(edit.count)
            && edit.sequence < first.sequence + UInt64(count)
    }
}
