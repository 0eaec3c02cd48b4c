/// Looks for places in a text that several devices have rewritten at the same time.
///
/// It replays the history from its first branch on and keeps the state at the end of that, in which
/// every character has its place, deleted or not. Findings (see `TextOverlapSearch+Findings.swift`)
/// that stand side by side are one place; what was done to it by those who had seen it decides
/// whether it is settled (see `TextOverlapSearch+Acts.swift`).
struct TextOverlapSearch {
    /// Characters with consecutive names, and the events that delete them.
    struct Deletion {
        let targets: Range<Int>
        let events: Range<Int>
        let device: DeviceID
        /// Whether the events delete from the last target to the first.
        let isBackspace: Bool
        /// Whether its author has put something in the place of what it deletes.
        let isReplaced: Bool
        /// Whether that is more than white space, such as an empty line that somebody writes on.
        let isRewritten: Bool

        func event(deleting id: Int) -> Int { events(deleting: id..<id + 1).lowerBound }

        func events(deleting part: Range<Int>) -> Range<Int> {
            let first =
                isBackspace
                ? events.lowerBound + targets.upperBound - part.upperBound
                : events.lowerBound + part.lowerBound - targets.lowerBound
            return first..<first + part.count
        }

        func targets(of part: Range<Int>) -> Range<Int> {
            let first =
                isBackspace
                ? targets.lowerBound + events.upperBound - part.upperBound
                : targets.lowerBound + part.lowerBound - events.lowerBound
            return first..<first + part.count
        }
    }

    /// Insertions right beside deletions of the same device, together they replace something; and
    /// those that put something where nobody had written anything.
    struct Replacement {
        let events: Range<Int>
        let device: DeviceID
    }

    /// Where something stands or stood that devices have rewritten without knowing of each other.
    struct Place {
        /// The first and the last of its characters, by their names.
        var first: Int
        var last: Int
        /// What was done without knowing of each other.
        var events: [Range<Int>]
        /// What stands now where each of the findings is that it was joined of.
        var ranges: [Range<Int>] = []
        /// Whether it was settled in different ways.
        var hasRivalActs = false
        /// Whether somebody has settled it, and nobody otherwise.
        var isSettled = false
        /// What stands there now.
        var range: Range<Int>

        var isOpen: Bool { !isSettled && (hasRivalActs || !range.isEmpty) }
    }

    let history: TextHistory
    let graph: TextGraph
    let ancestry: TextAncestry
    /// The first event that has another beside it; what is older everybody has seen.
    let firstEvent: Int
    private(set) var tracker: TextTracker
    /// Filled as it is asked for; a copy keeps what it has.
    private(set) var base: TextBeforeBranches
    /// By their first targets, ascending.
    private(set) var deletions: [Deletion] = []
    /// For each deletion where the targets of it and of those before it end.
    private(set) var deletionEnds: [Int] = []
    /// Ascending.
    private(set) var replacements: [Replacement] = []
    /// All runs of insertions, ascending.
    private(set) var insertions: [Range<Int>] = []

    /// Replays a history; the text has this length in the end.
    init(of history: TextHistory, count: Int) throws(TextFailure) {
        self.history = history
        graph = history.graph
        ancestry = TextAncestry(of: graph)
        firstEvent = graph.critical.first?.lowerBound == 0 ? graph.critical[0].upperBound : 0
        let events = firstEvent..<graph.eventCount
        var replay = TextReplay(of: history, events: events, baseCount: nil)
        try replay.rehearse(events, countAfter: count)
        tracker = replay.tracker
        base = TextBeforeBranches(of: history, before: firstEvent)
        try collect(events, of: history.operations)
        deletions.sort { $0.targets.lowerBound < $1.targets.lowerBound }
        var end = 0
        for deletion in deletions {
            end = max(end, deletion.targets.upperBound)
            deletionEnds.append(end)
        }
    }

    private mutating func collect(
        _ events: Range<Int>, of operations: TextOperations
    ) throws(TextFailure) {
        for stretch in TextPlan(of: events, in: graph).stretches.sorted(by: {
            $0.lowerBound < $1.lowerBound
        }) {
            let device = graph.id(of: stretch.lowerBound).device
            var runs = Array(operations.pieces(of: stretch))
            takeOutWhatIsTakenBack(of: &runs, by: device)
            var (replaced, rewritten) = (Set<Int>(), Set<Int>())
            for (index, run) in runs.enumerated() where run.kind == .insertion {
                insertions.append(run.start..<run.end)
                let group = replacedDeletions(by: index, of: runs)
                replaced.formUnion(group)
                let isRewrite = try !areBlank(group.map { runs[$0] })
                if isRewrite { rewritten.formUnion(group) }
                if isRewrite || graph.parents(of: run.start).isEmpty {
                    replacements.append(
                        Replacement(events: run.start..<run.end, device: device))
                }
            }
            for (index, run) in runs.enumerated() where run.kind != .insertion {
                collect(
                    run, by: device, isReplaced: replaced.contains(index),
                    isRewritten: rewritten.contains(index))
            }
        }
        insertions.sort { $0.lowerBound < $1.lowerBound }
    }

    /// The deletions in the place of which an insertion stands.
    private func replacedDeletions(by index: Int, of runs: [TextOperations.Run]) -> [Int] {
        let insertion = runs[index]
        var group: [Int] = []
        if index > 0, runs[index - 1].isReplaced(by: insertion) { group.append(index - 1) }
        if index + 1 < runs.count, insertion.isReplacing(runs[index + 1]) {
            group.append(index + 1)
            if index + 2 < runs.count, insertion.isReplacing(runs[index + 1], runs[index + 2]) {
                group.append(index + 2)
            }
        }
        return group
    }

    /// Whether deletions take nothing but white space.
    private mutating func areBlank(_ runs: [TextOperations.Run]) throws(TextFailure) -> Bool {
        for event in runs.flatMap({ $0.start..<$0.end }) {
            let deleted = try base.scalar(tracker.target(of: event), in: self)
            if !(deleted?.properties.isWhitespace ?? false) { return false }
        }
        return true
    }

    /// What was inserted and deleted again at once replaces nothing.
    private mutating func takeOutWhatIsTakenBack(
        of runs: inout [TextOperations.Run], by device: DeviceID
    ) {
        var index = 0
        while index + 1 < runs.count {
            let (insertion, deletion) = (runs[index], runs[index + 1])
            let inserted = insertion.start..<insertion.end
            let isTakenBack =
                insertion.kind == .insertion && deletion.kind != .insertion
                && deletion.count == insertion.count
                && (deletion.start..<deletion.end).allSatisfy {
                    inserted.contains(tracker.target(of: $0))
                }
            guard isTakenBack else {
                index += 1
                continue
            }
            insertions.append(inserted)
            collect(deletion, by: device, isReplaced: false, isRewritten: false)
            runs.removeSubrange(index...index + 1)
        }
    }

    private mutating func collect(
        _ run: TextOperations.Run, by device: DeviceID, isReplaced: Bool, isRewritten: Bool
    ) {
        let step = run.kind == .backspace ? -1 : 1
        var event = run.start
        while event < run.end {
            let first = tracker.target(of: event)
            var count = 1
            while event + count < run.end,
                tracker.target(of: event + count) == first + step * count
            { count += 1 }
            let lowest = step > 0 ? first : first - count + 1
            deletions.append(
                Deletion(
                    targets: lowest..<lowest + count, events: event..<event + count,
                    device: device, isBackspace: step < 0, isReplaced: isReplaced,
                    isRewritten: isRewritten))
            event += count
        }
    }

    // MARK: Finding

    func overlaps(where isWanted: (Range<Int>) -> Bool) throws(TextFailure) -> [TextOverlap] {
        try (places() + joined(deletedByAll))
            .filter { $0.events.contains(where: isWanted) }
            .sorted(by: Self.isBefore)
            .map(overlap)
    }

    /// What still wants somebody's eye, in the order of the text.
    func openOverlaps() throws(TextFailure) -> [TextOverlap] {
        try places().filter(\.isOpen).map(overlap)
    }

    private func overlap(at place: Place) -> TextOverlap {
        TextOverlap(range: place.range, parts: parts(of: place.events), isOpen: place.isOpen)
    }

    /// The places in the order of the text.
    func places() throws(TextFailure) -> [Place] {
        let found =
            try deletedTwice + replacedTwice + begunTwice + insertedTwice + writtenIntoDeleted()
            + tornFromLine()
        return joined(withoutActs(found)).map(judged)
    }

    /// What stands side by side is one place.
    private func joined(_ found: [Place]) -> [Place] {
        var places: [Place] = []
        for place in found.sorted(by: Self.isBefore) {
            if let before = places.last, place.range.lowerBound <= before.range.upperBound {
                places[places.count - 1] = joined(before, place)
            } else {
                places.append(place)
            }
        }
        return places
    }

    /// One place from the beginning of both to the end of both.
    func joined(_ one: Place, _ other: Place) -> Place {
        var joined = one
        if tracker.isBefore(other.first, one.first) { joined.first = other.first }
        if tracker.isBefore(one.last, other.last) { joined.last = other.last }
        joined.range =
            min(
                one.range.lowerBound, other.range.lowerBound)..<max(
                one.range.upperBound, other.range.upperBound)
        joined.events += other.events
        joined.ranges += other.ranges
        return joined
    }

    private static func isBefore(_ one: Place, _ other: Place) -> Bool {
        (one.range.lowerBound, one.range.upperBound)
            < (other.range.lowerBound, other.range.upperBound)
    }

    /// What there is now where these characters are or were: they, and whatever the devices have
    /// put in their place.
    func place(of ids: Range<Int>, _ events: [Range<Int>], _ devices: Set<DeviceID>) -> Place {
        let latest = latest(of: events)
        let (first, last) = (ids.lowerBound, ids.upperBound - 1)
        let low = reach(over: pieces(before: first), devices, latest)?.lowerBound ?? first
        let high =
            reach(over: pieces(behind: last), devices, latest).map { $0.upperBound - 1 } ?? last
        let range = range(from: low, to: high)
        return Place(first: low, last: high, events: events, ranges: [range], range: range)
    }

    /// The last piece up to which stands what the devices have put there. What is deleted is passed
    /// over, and what somebody who has seen all of it has typed between it, as the "or" of "this or
    /// that".
    private func reach(
        over pieces: PieceWalk, _ devices: Set<DeviceID>, _ latest: [Int]
    ) -> Range<Int>? {
        var reached: Range<Int>?
        var passed: Range<Int>?
        for piece in pieces {
            let id = piece.ids.lowerBound
            if isOfReplacement(id, by: devices) {
                (reached, passed) = (piece.ids, nil)
            } else if !piece.isDeleted {
                guard piece.isInserted, hasSeen(latest, id) else { break }
                // Somebody may have typed amid it since.
                let words = insertion(of: id)
                guard passed == nil || passed == words else { break }
                passed = words
            }
        }
        return reached
    }

    private func isOfReplacement(_ id: Int, by devices: Set<DeviceID>) -> Bool {
        guard id < TextTracker.baseID else { return false }
        let index = Self.count(of: replacements) { $0.events.upperBound <= id }
        return index < replacements.count && replacements[index].events.contains(id)
            && devices.contains(replacements[index].device)
    }

    private func parts(of events: [Range<Int>]) -> [TextOverlap.Part] {
        var ranges: [Range<Int>] = []
        for range in events.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, range.lowerBound <= last.upperBound,
                graph.nodeIndex(of: range.lowerBound) == graph.nodeIndex(of: last.lowerBound)
            {
                ranges[ranges.count - 1] =
                    last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
        return ranges.map {
            TextOverlap.Part(first: graph.id(of: $0.lowerBound), count: $0.count)
        }.sorted()
    }
}

extension TextOperations.Run {
    /// Whether an insertion right after this deletion goes where it deleted.
    fileprivate func isReplaced(by insertion: Self) -> Bool {
        kind != .insertion && insertion.kind == .insertion && insertion.position == cursor
    }

    /// Whether this insertion goes between a character and the rest, as saves write it.
    fileprivate func isReplacing(_ first: Self, _ rest: Self) -> Bool {
        kind == .insertion && isReplacing(first) && rest.kind != .insertion
            && min(rest.position, rest.cursor) == first.position + count
    }

    /// Whether this insertion goes right before or behind what is deleted after it.
    fileprivate func isReplacing(_ deletion: Self) -> Bool {
        kind == .insertion && deletion.kind != .insertion
            && (cursor == min(deletion.position, deletion.cursor)
                || position == max(deletion.position, deletion.cursor) + deletion.reach)
    }

    /// How far beyond its position a deletion reaches.
    private var reach: Int { kind == .deletion ? count : 1 }
}

extension Array where Element == Range<Int> {
    /// The parts within bounds of ascending ranges.
    func clamped(to bounds: Range<Int>) -> Self {
        map { $0.clamped(to: bounds) }.filter { !$0.isEmpty }
    }

    /// The same numbers in as few ranges as there can be, ascending.
    var united: Self {
        var united: Self = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = united.last, range.lowerBound <= last.upperBound {
                let end = Swift.max(last.upperBound, range.upperBound)
                united[united.count - 1] = last.lowerBound..<end
            } else {
                united.append(range)
            }
        }
        return united
    }

    /// What of a range is in none of these ascending ones.
    func gaps(in range: Range<Int>) -> Self {
        var gaps: Self = []
        var start = range.lowerBound
        for part in clamped(to: range) {
            if part.lowerBound > start { gaps.append(start..<part.lowerBound) }
            start = part.upperBound
        }
        if start < range.upperBound { gaps.append(start..<range.upperBound) }
        return gaps
    }
}
