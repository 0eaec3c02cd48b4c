/// Looks for places in a text that several devices have rewritten at the same time.
struct TextOverlapSearch {
    /// Characters with consecutive names, and the events that delete them.
    private struct Deletion {
        let targets: Range<Int>
        let events: Range<Int>
        let device: DeviceID
        /// Whether the events delete from the last target to the first.
        let isBackspace: Bool

        func event(deleting id: Int) -> Int { events(deleting: id..<id + 1).lowerBound }

        func events(deleting part: Range<Int>) -> Range<Int> {
            let first =
                isBackspace
                ? events.lowerBound + targets.upperBound - part.upperBound
                : events.lowerBound + part.lowerBound - targets.lowerBound
            return first..<first + part.count
        }
    }

    /// Insertions right beside deletions of the same device, together they replace something; and
    /// those that put something where nobody had written anything.
    private struct Replacement {
        let events: Range<Int>
        let device: DeviceID
    }

    private struct Finding {
        var range: Range<Int>
        var events: [Range<Int>]
        /// The inserted characters that stand or stood there, by their events.
        var words: [Range<Int>]
    }

    private let graph: TextGraph
    private var tracker: TextTracker
    /// By their first targets, ascending.
    private var deletions: [Deletion] = []
    /// For each deletion where the targets of it and of those before it end.
    private var deletionEnds: [Int] = []
    /// Ascending.
    private var replacements: [Replacement] = []
    /// All runs of insertions.
    private var insertions: [Range<Int>] = []

    /// Replays a history; the text has this length in the end.
    init(of history: TextHistory, count: Int) throws(TextFailure) {
        graph = history.graph
        let first = graph.critical.first?.lowerBound == 0 ? graph.critical[0].upperBound : 0
        let events = first..<graph.eventCount
        var replay = TextReplay(of: history, events: events, baseCount: nil)
        try replay.rehearse(events, countAfter: count)
        tracker = replay.tracker
        collect(events, of: history.operations)
        deletions.sort { $0.targets.lowerBound < $1.targets.lowerBound }
        var end = 0
        for deletion in deletions {
            end = max(end, deletion.targets.upperBound)
            deletionEnds.append(end)
        }
    }

    private mutating func collect(_ events: Range<Int>, of operations: TextOperations) {
        for stretch in TextPlan(of: events, in: graph).stretches.sorted(by: {
            $0.lowerBound < $1.lowerBound
        }) {
            let device = graph.id(of: stretch.lowerBound).device
            let runs = Array(operations.pieces(of: stretch))
            for (index, run) in runs.enumerated() {
                if run.kind == .insertion { insertions.append(run.start..<run.end) }
                if run.kind != .insertion {
                    collect(run, by: device)
                } else if index > 0 && runs[index - 1].isReplaced(by: run)
                    || index + 1 < runs.count && run.isReplacing(runs[index + 1])
                    || graph.parents(of: run.start).isEmpty
                {
                    replacements.append(
                        Replacement(events: run.start..<run.end, device: device))
                }
            }
        }
    }

    private mutating func collect(_ run: TextOperations.Run, by device: DeviceID) {
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
                    device: device, isBackspace: step < 0))
            event += count
        }
    }

    // MARK: Finding

    func overlaps(where isWanted: (Range<Int>) -> Bool) -> [TextOverlap] {
        let findings = (deletedTwice + replacedTwice + writtenIntoDeleted)
            .filter { $0.events.contains(where: isWanted) }
            .sorted {
                ($0.range.lowerBound, $0.range.upperBound)
                    < ($1.range.lowerBound, $1.range.upperBound)
            }
        var joined: [Finding] = []
        for finding in findings {
            if let last = joined.last, finding.range.lowerBound <= last.range.upperBound {
                joined[joined.count - 1].range =
                    last.range.lowerBound..<max(last.range.upperBound, finding.range.upperBound)
                joined[joined.count - 1].events += finding.events
                joined[joined.count - 1].words += finding.words
            } else {
                joined.append(finding)
            }
        }
        return joined.map { finding in
            TextOverlap(
                range: finding.range, parts: parts(of: finding.events),
                isSettled: isSettled(finding))
        }
    }

    /// Whether somebody who had seen all of it has edited the words since: deleted some of them,
    /// or typed among them.
    private func isSettled(_ finding: Finding) -> Bool {
        let latest = latest(of: finding.events)
        func isWord(_ id: Int) -> Bool { finding.words.contains { $0.contains(id) } }
        let hasDeleted = deletions.contains { deletion in
            finding.words.contains { $0.overlaps(deletion.targets) }
                && hasSeen(latest, deletion.events.lowerBound)
        }
        return hasDeleted
            || insertions.contains { events in
                let event = events.lowerBound
                let item = tracker.item(of: event)
                let leftOrigin = item.id == event ? item.leftOrigin : event - 1
                return isWord(leftOrigin) && hasSeen(latest, event)
            }
    }

    /// Characters that several devices have deleted. None of them can have known of another's
    /// deletion, because there was nothing left to delete then.
    private var deletedTwice: [Finding] {
        var findings: [Finding] = []
        for (index, one) in deletions.enumerated() {
            for other in deletions[(index + 1)...] {
                guard other.targets.lowerBound < one.targets.upperBound else { break }
                guard other.device != one.device else { continue }
                let both = one.targets.clamped(to: other.targets)
                let events = [one.events(deleting: both), other.events(deleting: both)]
                findings.append(finding(at: both, events, [one.device, other.device]))
            }
        }
        return findings
    }

    /// Insertions at one spot by devices each of which has deleted something there.
    private var replacedTwice: [Finding] {
        var bySpot: [Int: [Replacement]] = [:]
        for replacement in replacements {
            let item = tracker.item(of: replacement.events.lowerBound)
            // Whatever goes on from text of its own is not at the spot any more.
            guard item.id == replacement.events.lowerBound else { continue }
            bySpot[item.leftOrigin, default: []].append(replacement)
        }
        var findings: [Finding] = []
        for group in bySpot.values where group.count > 1 {
            for (index, one) in group.enumerated() {
                for other in group[(index + 1)...]
                where other.device != one.device && areConcurrent(one.events, other.events) {
                    findings.append(
                        finding(
                            at: one.events, [one.events, other.events], [one.device, other.device]))
                }
            }
        }
        return findings
    }

    /// What is left of insertions into something that another device has deleted: their author had
    /// a character on either side, and it has deleted both.
    private var writtenIntoDeleted: [Finding] {
        var findings: [Finding] = []
        for events in insertions {
            let cursor = tracker.find(events.lowerBound)
            let item = tracker.leaves[cursor.leaf][cursor.index]
            // Whatever goes on from text of its own is not written into that of others.
            guard item.id == events.lowerBound, item.leftOrigin != TextTracker.start else {
                continue
            }
            let left = concurrentDeletions(of: item.leftOrigin, with: events)
            guard !left.isEmpty, let behind = neighbour(behind: cursor, for: events) else {
                continue
            }
            let device = graph.id(of: events.lowerBound).device
            for right in concurrentDeletions(of: behind, with: events) {
                guard let one = left.first(where: { $0.device == right.device }) else { continue }
                let deleting = [
                    one.event(deleting: item.leftOrigin), right.event(deleting: behind),
                ]
                let finding = finding(
                    at: events, [events] + deleting.map { $0..<$0 + 1 }, [device, right.device])
                if !finding.range.isEmpty { findings.append(finding) }
            }
        }
        return findings
    }

    /// The character that the author of an insertion had behind it.
    private func neighbour(behind cursor: TextTracker.Cursor, for events: Range<Int>) -> Int? {
        func wasSeen(_ event: Int) -> Bool { hasSeen([event], events.lowerBound) }
        var next = tracker.item(behind: cursor)
        while let cursor = next {
            let item = tracker.leaves[cursor.leaf][cursor.index]
            if item.count > 0, item.id >= TextTracker.baseID || wasSeen(item.id),
                !deletions(of: item.id).contains(where: { wasSeen($0.event(deleting: item.id)) })
            {
                return item.id
            }
            next = tracker.item(behind: cursor)
        }
        return nil
    }

    private func concurrentDeletions(of id: Int, with events: Range<Int>) -> [Deletion] {
        let device = graph.id(of: events.lowerBound).device
        return deletions(of: id).filter { deletion in
            let event = deletion.event(deleting: id)
            return deletion.device != device && areConcurrent(events, event..<event + 1)
        }
    }

    private func deletions(of id: Int) -> [Deletion] {
        var index = Self.count(of: deletions) { $0.targets.lowerBound <= id }
        var found: [Deletion] = []
        while index > 0, deletionEnds[index - 1] > id {
            index -= 1
            if deletions[index].targets.contains(id) { found.append(deletions[index]) }
        }
        return found
    }

    private func areConcurrent(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        let difference = graph.difference([one.lowerBound], [other.lowerBound])
        return !difference.one.isEmpty && !difference.other.isEmpty
    }

    /// What there is now where these characters are or were: they, and whatever the devices have
    /// put in their place.
    private func finding(
        at ids: Range<Int>, _ events: [Range<Int>], _ devices: Set<DeviceID>
    ) -> Finding {
        let low = reach(from: tracker.find(ids.lowerBound), devices, events) {
            tracker.item(before: $0)
        }
        let high = reach(from: tracker.find(ids.upperBound - 1), devices, events) {
            tracker.item(behind: $0)
        }
        let end =
            tracker.effectivePosition(of: high)
            + tracker.leaves[high.leaf][high.index].effectiveCount
        var words: [Range<Int>] = []
        var cursor = low
        while true {
            let item = tracker.leaves[cursor.leaf][cursor.index]
            if item.id < TextTracker.baseID { words.append(item.id..<item.id + item.count) }
            if cursor.leaf == high.leaf, cursor.index == high.index { break }
            guard let next = tracker.item(behind: cursor) else { break }
            cursor = next
        }
        return Finding(
            range: tracker.effectivePosition(of: low)..<end, events: events, words: words)
    }

    /// The last item in a direction up to which stands what the devices have put there. What
    /// somebody who has seen all of it has typed between it is passed over, as the "or" of "this
    /// or that".
    private func reach(
        from start: TextTracker.Cursor, _ devices: Set<DeviceID>, _ events: [Range<Int>],
        next: (TextTracker.Cursor) -> TextTracker.Cursor?
    ) -> TextTracker.Cursor {
        var (reached, cursor) = (start, start)
        while let item = next(cursor) {
            if isOfReplacement(item, by: devices) {
                reached = item
            } else {
                let id = tracker.leaves[item.leaf][item.index].id
                let isNextToOne = cursor.leaf == reached.leaf && cursor.index == reached.index
                guard isNextToOne, id < TextTracker.baseID,
                    hasSeen(latest(of: events), id)
                else { break }
            }
            cursor = item
        }
        return reached
    }

    private func latest(of events: [Range<Int>]) -> [Int] {
        graph.latest(of: events.map { $0.upperBound - 1 })
    }

    private func hasSeen(_ latest: [Int], _ event: Int) -> Bool {
        graph.difference(latest, [event]).one.isEmpty
    }

    private func isOfReplacement(
        _ cursor: TextTracker.Cursor, by devices: Set<DeviceID>
    ) -> Bool {
        let id = tracker.leaves[cursor.leaf][cursor.index].id
        guard id < TextTracker.baseID else { return false }
        let index = Self.count(of: replacements) { $0.events.upperBound <= id }
        return index < replacements.count && replacements[index].events.contains(id)
            && devices.contains(replacements[index].device)
    }

    /// How many elements lie before a place; they come first.
    private static func count<Element>(
        of elements: [Element], where isBefore: (Element) -> Bool
    ) -> Int {
        var (low, high) = (0, elements.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(elements[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
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
        kind != .insertion && insertion.position == cursor
    }

    /// Whether this insertion goes right before or behind what is deleted after it.
    fileprivate func isReplacing(_ deletion: Self) -> Bool {
        deletion.kind != .insertion
            && (cursor == min(deletion.position, deletion.cursor)
                || position == max(deletion.position, deletion.cursor) + deletion.reach)
    }

    /// How far beyond its position a deletion reaches.
    private var reach: Int { kind == .deletion ? count : 1 }
}
