/// How the places are settled that several have rewritten at the same time: by edits that whoever
/// makes them could have made by hand, and that touch nothing but these places.
extension TextDocument {
    /// An edit that settles open places the way one device had them, in the version that it had
    /// when it had last written there without knowing of the others: what the others wrote there
    /// goes, what they deleted there comes back. Places in which that device has no part are left
    /// open. Without a device all open places are left as they are: something is typed into each
    /// and deleted again, which changes nothing anybody could see.
    ///
    /// - Returns: nil if there is nothing to settle.
    package func settlement(
        choosing device: DeviceID? = nil, by author: DeviceID, numbersFrom floor: UInt64 = 0
    ) throws(TextFailure) -> TextEdit? {
        guard history.branchedCount <= Limits.textOverlapEventsMax, let search = try overlapSearch()
        else { return nil }
        var base = search.base
        var splices: [TextSplice] = []
        var shift = 0
        for place in try search.places() where place.isOpen {
            var choice = TextChoice(of: place, in: search)
            if let device {
                guard
                    let events = place.events.filter({
                        search.graph.id(of: $0.lowerBound).device == device
                    }).max(by: { $0.upperBound < $1.upperBound })
                else { continue }
                try choice.choose(search.graph.lastOnTop(of: events.upperBound - 1), &base)
            }
            choice.letStand()
            for splice in choice.splices {
                splices.append(
                    TextSplice(
                        position: splice.position + shift, deletedCount: splice.deletedCount,
                        inserted: splice.inserted))
                shift += splice.inserted.unicodeScalars.count - splice.deletedCount
            }
        }
        guard !splices.isEmpty else { return nil }
        return TextEdit(
            device: author, sequence: max(floor, history.nextSequence(of: author)),
            parents: version, splices: splices)
    }
}

/// How one place is settled.
private struct TextChoice {
    let place: TextOverlapSearch.Place
    let search: TextOverlapSearch
    /// In the text as it is now, ascending, each as if there were no other.
    private(set) var splices: [TextSplice] = []

    init(of place: TextOverlapSearch.Place, in search: TextOverlapSearch) {
        self.place = place
        self.search = search
    }

    /// Where no words are taken out, types something behind the first character that stands there
    /// and deletes it again. In each part of the place: what comes back may part them.
    mutating func letStand() {
        // Whatever comes back where nothing is left settles that by itself.
        if place.range.isEmpty, !splices.isEmpty { return }
        let taken = splices.filter { $0.deletedCount > 0 }
        let untouched = Set(place.ranges + [place.range]).filter { range in
            range.isEmpty == place.range.isEmpty
                && !taken.contains { range.overlaps($0.position..<$0.position + $0.deletedCount) }
        }
        for position in Set(untouched.map { $0.lowerBound + ($0.isEmpty ? 0 : 1) }).sorted() {
            let index = splices.firstIndex { $0.position >= position } ?? splices.count
            splices.insert(
                contentsOf: [
                    TextSplice(position: position, deletedCount: 0, inserted: " "),
                    // Before the text that is there now, of which the first splice is no part.
                    TextSplice(position: position - 1, deletedCount: 1, inserted: ""),
                ], at: index)
        }
    }

    /// Makes the place what it was in a version.
    mutating func choose(
        _ version: Int, _ base: inout TextBeforeBranches
    ) throws(TextFailure) {
        let chosen = search.graph.events(of: [version])
        let known = search.graph.events(of: search.latest(of: place.events))
        for piece in extended(search.pieces(of: place)) {
            let ids = piece.ids
            let there = piece.isInserted ? chosen.clamped(to: ids) : [ids]
            let shown = there.flatMap { search.deleted(of: $0, by: chosen).gaps(in: $0) }
            let position = search.position(of: ids.lowerBound)
            if piece.isDeleted {
                for part in shown {
                    let text = try base.text(of: part, in: search)
                    insert(String(String.UnicodeScalarView(text)), at: position)
                }
            } else {
                // What came to the place after all had met is nobody's version of it.
                let old = piece.isInserted ? known.clamped(to: ids) : [ids]
                for part in old.flatMap({ shown.gaps(in: $0) }) {
                    splices.append(
                        TextSplice(
                            position: position + part.lowerBound - ids.lowerBound,
                            deletedCount: part.count, inserted: ""))
                }
            }
        }
    }

    private mutating func insert(_ text: String, at position: Int) {
        if let last = splices.last, last.deletedCount == 0, last.position == position {
            splices[splices.count - 1] = TextSplice(
                position: position, deletedCount: 0, inserted: last.inserted + text)
        } else {
            splices.append(TextSplice(position: position, deletedCount: 0, inserted: text))
        }
    }

    /// The pieces of the place with the deleted ones around it that those who dispute it deleted.
    private func extended(
        _ pieces: [TextOverlapSearch.Piece]
    ) -> [TextOverlapSearch.Piece] {
        let devices = Set(place.events.map { search.graph.id(of: $0.lowerBound).device })
        func isDisputed(_ piece: TextOverlapSearch.Piece) -> Bool {
            piece.isDeleted
                && search.deletions(of: piece.ids.lowerBound).contains {
                    devices.contains($0.device)
                }
        }
        return search.pieces(before: place.first).prefix(while: isDisputed).reversed() + pieces
            + search.pieces(behind: place.last).prefix(while: isDisputed)
    }
}
