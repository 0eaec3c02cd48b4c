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
        var comparison = Comparison()
        compare(one[...], other[...], &comparison)
        return (comparison.onlyOne, comparison.onlyOther)
    }

    /// The same for whoever compares often and wants no memory to be fetched each time.
    func compare(
        _ one: ArraySlice<Int>, _ other: ArraySlice<Int>, _ comparison: inout Comparison
    ) {
        comparison.onlyOne.removeAll(keepingCapacity: true)
        comparison.onlyOther.removeAll(keepingCapacity: true)
        if one == other { return }
        comparison.queue.removeAll()
        for event in one { comparison.queue.add(event, marks: .one) }
        for event in other { comparison.queue.add(event, marks: .other) }
        while comparison.queue.unsharedCount > 0 {
            let (event, marks) = comparison.queue.removeLast()
            let node = nodes[nodeIndex(of: event)]
            var first = node.start
            if let next = comparison.queue.last, next >= first {
                first = next + 1
                comparison.queue.add(next, marks: marks)
            } else {
                for parent in parents(of: node) { comparison.queue.add(parent, marks: marks) }
            }
            if marks == .one { comparison.onlyOne.append(first..<event + 1) }
            if marks == .other { comparison.onlyOther.append(first..<event + 1) }
        }
    }

    /// What a comparison finds, and the room it needs.
    struct Comparison {
        fileprivate(set) var onlyOne: [Range<Int>] = []
        fileprivate(set) var onlyOther: [Range<Int>] = []
        fileprivate var queue = VisitQueue()
    }

    /// All events of a version, as ranges, ascending.
    func events(of version: [Int]) -> [Range<Int>] {
        difference(version, []).one.reversed()
    }

    /// Those of these events that none of the others has seen, ascending.
    func latest(of events: [Int]) -> [Int] {
        if events.count < 2 { return events }
        if events.count == 2 {
            let (low, high) = (min(events[0], events[1]), max(events[0], events[1]))
            return low == high || hasSeen(high, low) ? [high] : [low, high]
        }
        let sorted = Set(events).sorted()
        return sorted.filter { event in
            !sorted.contains { $0 > event && hasSeen($0, event) }
        }
    }

    /// Whether the later event has seen the earlier one.
    private func hasSeen(_ later: Int, _ earlier: Int) -> Bool {
        var queue = VisitQueue()
        queue.add(later, marks: .one)
        while queue.unsharedCount > 0 {
            let node = nodes[nodeIndex(of: queue.removeLast().event)]
            if node.start <= earlier { return true }
            while let next = queue.last, next >= node.start { _ = queue.removeLast() }
            for parent in parents(of: node) where parent >= earlier {
                queue.add(parent, marks: .one)
            }
        }
        return false
    }

    fileprivate struct Marks: OptionSet {
        let rawValue: UInt8
        static let one = Marks(rawValue: 1)
        static let other = Marks(rawValue: 2)
        static let both: Marks = [.one, .other]
    }

    /// Events to visit, ascending and each once. There are seldom more than a few.
    fileprivate struct VisitQueue {
        private var entries: [(event: Int, marks: Marks)] = []
        private(set) var unsharedCount = 0

        init() { entries.reserveCapacity(8) }

        mutating func removeAll() {
            entries.removeAll(keepingCapacity: true)
            unsharedCount = 0
        }

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
