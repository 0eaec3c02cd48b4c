/// How a text that many people edit stays one text: the history of a text, and how it is merged.
///
/// **The idea** is that of Eg-walker (Gentle and Kleppmann, "Collaborative Text Editing with
/// Eg-walker: Better, Faster, Smaller", EuroSys 2025). Every character typed or deleted is an
/// *event*: it has a device and a number, it names the events its author had seen last (its
/// parents), and it says what was done at which position of the text *as its author saw it*. The
/// set of all events is the history, a directed graph. Nothing else is stored but the text itself:
/// no identifier beside each character, no tombstones.
///
/// **Merging.** If an event has seen everything, its position is right as it stands, so whoever
/// edits alone never pays for merging. If two branches meet, the events since the last one that
/// everybody had seen (a *critical* event) are replayed: a ``TextTracker`` works out, for each
/// new event, where the characters that its author meant are now. When the branches have met, the
/// tracker is thrown away.
///
/// **Order.** Two people who type at one place get their runs one after the other, never letter
/// by letter: the order of concurrent characters is that of Fugue (Weidner and Kleppmann, "The Art
/// of the Fugue", 2023). What is deleted by anyone is gone; deleting twice is deleting once.
///
/// **What all replicas agree on.** Text, version and ``canonicalBytes`` are functions of the set of
/// edits held. In which order they came, how often, and how they were cut makes no difference.
///
/// For example, A and B both have "Hell". A types "o" at the end, event A4 with the parent A3; B,
/// who has not seen that, puts "!" there, event B0 with the parent A3. Whoever gets both replays
/// the two: both hang on the second "l"; A's device id is the smaller, so all read "Hello!".
///
/// | file | holds |
/// | --- | --- |
/// | `TextDocument` | history and text together: what other modules use |
/// | `FieldText` | the same as a field of a record has it, cheap where a text was never edited |
/// | `TextHistory` | the events, and the edits that wait for their parents |
/// | `TextGraph`, `TextOperations` | the events in runs: who has seen what, and what was done |
/// | `TextReplay`, `TextPlan`, `TextTracker` | merging |
/// | `TextOrder` | the one order in which events are written |
/// | `TextBuffer` | the text while it is edited |
/// | `TextEdit` | one save on its way to other devices |
/// | `TextDifference`, `SequenceDifference` | from two texts to splices |
/// | `TextOverlap`, `TextOverlapSearch` | what people have rewritten at the same time |
///
/// Inside, events carry local numbers in the order of their arrival; they never leave a replica.
package struct TextHistory: Sendable {
    private(set) var graph = TextGraph()
    private(set) var operations = TextOperations()
    /// Edits of which parents have not come yet, ascending.
    package private(set) var pending: [TextEdit] = []

    package init() {}

    /// How many events the text has had.
    package var eventCount: Int { graph.eventCount }

    /// The version that holds all events; pending edits are not in it.
    package var version: TextVersion { TextVersion(graph.frontier.map(graph.id)) }

    /// The devices that have edits in the version.
    package var devices: [DeviceID] { graph.agents.map(\.device).sorted() }

    /// The number of this device's next event: larger than all it has here, pending ones included.
    package func nextSequence(of device: DeviceID) -> UInt64 {
        pending.filter { $0.device == device }
            .reduce(graph.nextSequence(of: device)) { max($0, $1.sequence + UInt64($1.count)) }
    }

    /// Whether the history holds all events of this version.
    package func contains(_ version: TextVersion) -> Bool {
        version.heads.allSatisfy { graph.event($0) != nil }
    }

    /// How many events have come since the text first branched.
    package var branchedCount: Int {
        guard let first = graph.critical.first, first.lowerBound == 0 else { return eventCount }
        return eventCount - first.upperBound
    }

    /// About how many events are walked over to merge an edit whose parents are here.
    package func cost(ofMerging edit: TextEdit) -> Int {
        // Trying an edit out copies the runs, which is cheaper than walking over them.
        let copying = operations.runs.count / 8
        guard edit.parents != version else { return copying }
        let lowest = edit.parents.heads.compactMap(graph.event).min() ?? -1
        let critical = graph.critical.last { $0.lowerBound <= lowest }
        let start = critical.map { min($0.upperBound, lowest + 1) } ?? 0
        return copying + eventCount - start + edit.count
    }

    // MARK: Growing

    /// Adds a splice that has seen everything.
    mutating func append(_ splice: TextSplice, by device: DeviceID) {
        let before = operations.eventCount
        operations.append(splice)
        let count = operations.eventCount - before
        guard count > 0 else { return }
        let sequence =
            pending.isEmpty ? graph.nextSequence(of: device) : nextSequence(of: device)
        graph.appendLocal(count: count, by: device, sequence: sequence)
    }

    /// Fills an empty history with what was read.
    mutating func adopt(
        _ operations: TextOperations, runs: [TextOrder.Run], pending: [TextEdit]
    ) throws(DecodingFailure) {
        for run in runs {
            let known = graph.known(
                from: run.first.sequence, count: run.count, of: run.first.device)
            guard !known.isKnown, known.count == run.count,
                run.parents.count < 2 || graph.latest(of: run.parents) == run.parents
            else { throw .notCanonical }
            // No more can be deleted than was ever there; so a few bytes cannot claim much.
            let deletedCount = operations.pieces(of: run.start..<run.start + run.count)
                .reduce(0) { $0 + ($1.kind == .insertion ? 0 : $1.count) }
            guard deletedCount <= operations.insertedCount else { throw .numberTooLarge }
            graph.append(
                count: run.count, by: run.first.device, sequence: run.first.sequence,
                parents: run.parents)
        }
        self.operations = operations
        for edit in pending { wait(for: edit) }
    }

    enum Addition: Equatable {
        case known, added
        /// A parent is missing; this is one that is.
        case waiting(for: TextEventID)
    }

    /// Adds what is new in an edit, or tells that its parents are missing.
    mutating func add(_ edit: TextEdit) throws(TextFailure) -> Addition {
        try checkBounds(of: edit)
        return addUnchecked(edit)
    }

    /// Adds what is new in an edit that has been checked, or that comes from a history.
    mutating func addUnchecked(_ edit: TextEdit) -> Addition {
        var offset = 0
        var addition = Addition.known
        while offset < edit.count {
            let sequence = edit.sequence + UInt64(offset)
            let (isKnown, count) = graph.known(
                from: sequence, count: edit.count - offset, of: edit.device)
            defer { offset += count }
            if isKnown { continue }
            var parents = edit.parents.heads
            if offset > 0 {
                parents = [TextEventID(device: edit.device, sequence: sequence - 1)]
            }
            if let missing = parents.first(where: { graph.event($0) == nil }) {
                return .waiting(for: missing)
            }
            let known = parents.compactMap(graph.event)
            operations.append(edit.operations, from: offset, count: count)
            graph.append(
                count: count, by: edit.device, sequence: sequence, parents: graph.latest(of: known))
            addition = .added
        }
        return addition
    }

    private func checkBounds(of edit: TextEdit) throws(TextFailure) {
        let deletedCount = edit.count - edit.operations.insertedCount
        guard edit.count > 0, edit.sequence <= UInt64.max - UInt64(edit.count),
            !edit.parents.heads.contains(where: {
                $0.device == edit.device && $0.sequence >= edit.sequence
                    && $0.sequence - edit.sequence < UInt64(edit.count)
            })
        else { throw .malformed }
        guard eventCount + edit.count <= Limits.textEventsMax else { throw .tooLong }
        // No more can be deleted than was ever there; so a few bytes cannot claim much.
        guard
            contains(edit.parents) == false
                || deletedCount <= operations.insertedCount + edit.operations.insertedCount
        else { throw .outOfBounds }
    }

    /// Keeps an edit for later.
    mutating func wait(for edit: TextEdit) {
        var (low, high) = (0, pending.count)
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].isOrderedBefore(edit) { low = middle + 1 } else { high = middle }
        }
        if low < pending.count, pending[low] == edit { return }
        pending.insert(edit, at: low)
    }

    /// Hands over the edits that waited, because some may go on now.
    mutating func takePending() -> [TextEdit] {
        defer { pending = [] }
        return pending
    }

    // MARK: Reading

    /// All that a replica lacks whose version this is, each edit after its parents. Events of the
    /// version that are not known here are not needed.
    package func edits(since version: TextVersion = .empty) -> [TextEdit] {
        let known = graph.latest(of: version.heads.compactMap(graph.event))
        return edits(in: graph.difference(graph.frontier, known).one.reversed())
    }

    /// The edits that make up a version.
    package func edits(of version: TextVersion) throws(TextFailure) -> [TextEdit] {
        let heads = version.heads.compactMap(graph.event)
        guard heads.count == version.heads.count else { throw .unknownVersion }
        return edits(in: graph.events(of: graph.latest(of: heads)))
    }

    private func edits(in ranges: [Range<Int>]) -> [TextEdit] {
        ranges.flatMap { range in
            (graph.nodeIndex(of: range.lowerBound)...graph.nodeIndex(of: range.upperBound - 1))
                .map { index in
                    let node = graph.nodes[index]
                    return edit(
                        of: max(node.start, range.lowerBound)..<min(node.end, range.upperBound))
                }
        }
    }

    /// The events of a part of one node.
    func edit(of events: Range<Int>) -> TextEdit {
        let id = graph.id(of: events.lowerBound)
        var part = TextOperations()
        part.append(operations, from: events.lowerBound, count: events.count)
        return TextEdit(
            device: id.device, sequence: id.sequence,
            parents: TextVersion(graph.parents(of: events.lowerBound).map(graph.id)),
            operations: part)
    }
}

extension TextEdit {
    /// The order in which pending edits are kept and encoded.
    fileprivate func isOrderedBefore(_ other: TextEdit) -> Bool {
        if firstID != other.firstID { return firstID < other.firstID }
        if count != other.count { return count < other.count }
        return encoded.lexicographicallyPrecedes(other.encoded)
    }
}
