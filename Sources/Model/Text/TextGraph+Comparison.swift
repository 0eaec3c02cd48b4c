/// Which events one version of a text has and another has not.
extension TextGraph {
    /// The events that only the one or only the other version holds, as ranges, descending.
    /// Versions are given by their latest events, ascending.
    ///
    /// Events are visited from the latest down, a node or a part of one at a time, each marked
    /// with the versions that hold it, until all that remain to be visited are held by both.
    func difference(
        _ one: [Int], _ other: [Int]
    ) -> (one: [Range<Int>], other: [Range<Int>]) {
        var (onlyOne, onlyOther): ([Range<Int>], [Range<Int>]) = ([], [])
        if one == other { return (onlyOne, onlyOther) }
        var queue = VisitQueue()
        for event in one { queue.add(event, marks: .one) }
        for event in other { queue.add(event, marks: .other) }
        while queue.unsharedCount > 0 {
            let (event, marks) = queue.removeLast()
            let node = nodes[nodeIndex(of: event)]
            let isCutShort = queue.last.map { $0 >= node.start } ?? false
            let first = isCutShort ? (queue.last ?? node.start) + 1 : node.start
            if marks == .one { onlyOne.append(first..<event + 1) }
            if marks == .other { onlyOther.append(first..<event + 1) }
            if isCutShort {
                queue.add(first - 1, marks: marks)
            } else {
                for parent in parents(of: node) { queue.add(parent, marks: marks) }
            }
        }
        return (onlyOne, onlyOther)
    }

    /// All events of a version, as ranges, ascending.
    func events(of version: [Int]) -> [Range<Int>] {
        difference(version, []).one.reversed()
    }

    /// Those of these events that none of the others has seen, ascending.
    func latest(of events: [Int]) -> [Int] {
        let sorted = Set(events).sorted()
        guard sorted.count > 1 else { return sorted }
        return sorted.filter { event in
            let others = sorted.filter { $0 > event }
            return others.isEmpty || !difference([event], others).one.isEmpty
        }
    }

    private struct Marks: OptionSet {
        let rawValue: UInt8
        static let one = Marks(rawValue: 1)
        static let other = Marks(rawValue: 2)
        static let both: Marks = [.one, .other]
    }

    /// Events to visit, ascending and each once. There are seldom more than a few.
    private struct VisitQueue {
        private var entries: [(event: Int, marks: Marks)] = []
        private(set) var unsharedCount = 0

        init() { entries.reserveCapacity(8) }

        var last: Int? { entries.last?.event }

        mutating func add(_ event: Int, marks: Marks) {
            var index = entries.count
            while index > 0, entries[index - 1].event > event { index -= 1 }
            if index > 0, entries[index - 1].event == event {
                let old = entries[index - 1].marks
                entries[index - 1].marks.formUnion(marks)
                if old != .both, entries[index - 1].marks == .both { unsharedCount -= 1 }
            } else {
                entries.append((event, marks))
                var moved = entries.count - 1
                while moved > index {
                    entries.swapAt(moved, moved - 1)
                    moved -= 1
                }
                if marks != .both { unsharedCount += 1 }
            }
        }

        mutating func removeLast() -> (event: Int, marks: Marks) {
            let entry = entries.removeLast()
            if entry.marks != .both { unsharedCount -= 1 }
            return entry
        }
    }
}
