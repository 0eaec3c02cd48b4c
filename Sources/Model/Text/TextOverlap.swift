/// A place in a text that several devices have rewritten at the same time, that is without knowing
/// of each other: each has deleted what another has deleted, too, or each has put something else
/// in at the same spot, or one has written into what another has deleted.
///
/// The merge keeps what each of them wrote. Whether it still says what they meant, only they know;
/// so it is shown to them, with the versions that each of them had.
package struct TextOverlap: Hashable, Sendable {
    /// Consecutive events of one device that have a part in it.
    package struct Part: Hashable, Comparable, Sendable {
        package let first: TextEventID
        package let count: Int

        package static func < (left: Self, right: Self) -> Bool {
            (left.first, left.count) < (right.first, right.count)
        }

        /// The version that the device had when it was done.
        package var version: TextVersion {
            TextVersion([
                TextEventID(
                    device: first.device, sequence: first.sequence + UInt64(count) - 1)
            ])
        }
    }

    /// What stands there now, in scalar values; empty if nothing is left.
    package let range: Range<Int>
    /// Ascending; of two devices at least.
    package let parts: [Part]
    /// Whether it still wants somebody's eye: nobody who had seen all parts has edited the words
    /// since, and either something stands there or those who edited them did so in different ways.
    package let isOpen: Bool

    package var devices: [DeviceID] { Set(parts.map(\.first.device)).sorted() }
}

extension TextDocument {
    /// The places that have been rewritten at the same time, in the order of the text: those in
    /// which events have a part that are not in this version.
    ///
    /// The search replays the history from its first branch on. Without branches there is nothing
    /// to search.
    package func overlaps(
        since version: TextVersion = .empty
    ) throws(TextFailure) -> [TextOverlap] {
        guard let search = try overlapSearch() else { return [] }
        let graph = search.graph
        let known = graph.latest(of: version.heads.compactMap(graph.event))
        let news = graph.difference(graph.frontier, known).one
        return try search.overlaps { events in news.contains { $0.overlaps(events) } }
    }

    /// The places that still want somebody's eye. None in a text that has been edited too much since
    /// it first branched for the search to be cheap.
    package func openOverlaps() throws(TextFailure) -> [TextOverlap] {
        guard history.branchedCount <= Limits.textOverlapEventsMax else { return [] }
        return try overlapSearch()?.openOverlaps() ?? []
    }

    /// Looks for the places; nil if the history has no branches.
    func overlapSearch() throws(TextFailure) -> TextOverlapSearch? {
        let isPlain = history.graph.critical.first == 0..<history.graph.eventCount
        if isPlain || history.graph.eventCount == 0 { return nil }
        // In the order that is everybody's: what is shown for one place, and whether it is, must not
        // hang on the order in which the edits came here.
        guard let history = try? TextHistory(canonicalBytes: history.canonicalBytes) else {
            throw .outOfBounds
        }
        return try TextOverlapSearch(of: history, count: count)
    }

    /// What the author of a part had when they last wrote without having seen anything else: the
    /// text after the part and what the device did right on top of it.
    package func authorsVersion(of part: TextOverlap.Part) -> TextVersion {
        let graph = history.graph
        guard let last = part.version.heads.first.flatMap(graph.event) else { return part.version }
        return TextVersion([graph.id(of: graph.lastOnTop(of: last))])
    }
}

extension TextGraph {
    /// The last event of a device that has seen this one of its own and nothing else since.
    func lastOnTop(of event: Int) -> Int {
        var index = nodeIndex(of: event)
        while true {
            // Within a node every event has the one before as its parent.
            let node = nodes[index]
            let next = TextEventID(
                device: agents[node.agent].device, sequence: node.sequence &+ UInt64(node.count))
            guard let following = self.event(next), parents(of: following) == [node.end - 1] else {
                return node.end - 1
            }
            index = nodeIndex(of: following)
        }
    }
}

extension Collection<TextOverlap> {
    /// Of each device that has a part in one of these what it had when it last wrote there without
    /// having seen anything else.
    package func authorsVersions(in document: TextDocument) -> [DeviceID: TextVersion] {
        let parts = Dictionary(grouping: flatMap(\.parts), by: \.first.device)
        return parts.compactMapValues { parts in
            parts.max { $0.first.sequence < $1.first.sequence }.map(document.authorsVersion)
        }
    }
}
