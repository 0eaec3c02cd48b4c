/// What is known of single characters and events.
extension TextOverlapSearch {
    /// The character that was on the left when another was inserted.
    func leftOrigin(of event: Int) -> Int {
        let item = tracker.item(of: event)
        return item.id == event ? item.leftOrigin : event - 1
    }

    /// The parts of these characters that devices have inserted in one go, ascending.
    func insertions(in ids: Range<Int>) -> [Range<Int>] {
        let first = Self.count(of: insertions) { $0.upperBound <= ids.lowerBound }
        return Array(insertions[first...].prefix { $0.lowerBound < ids.upperBound })
            .clamped(to: ids)
    }

    func deletions(of id: Int) -> [Deletion] {
        var index = Self.count(of: deletions) { $0.targets.lowerBound <= id }
        var found: [Deletion] = []
        while index > 0, deletionEnds[index - 1] > id {
            index -= 1
            if deletions[index].targets.contains(id) { found.append(deletions[index]) }
        }
        return found
    }

    /// Those of these characters that these events delete, ascending; events as ascending ranges.
    func deleted(of ids: Range<Int>, by events: [Range<Int>]) -> [Range<Int>] {
        var index = Self.count(of: deletions) { $0.targets.lowerBound < ids.upperBound }
        var found: [Range<Int>] = []
        while index > 0, deletionEnds[index - 1] > ids.lowerBound {
            index -= 1
            let targets = deletions[index].targets.clamped(to: ids)
            guard !targets.isEmpty else { continue }
            let deleting = deletions[index].events(deleting: targets)
            found += events.clamped(to: deleting).map(deletions[index].targets)
        }
        return found.united
    }

    func latest(of events: [Range<Int>]) -> [Int] {
        graph.latest(of: events.map { $0.upperBound - 1 })
    }

    /// Whether an event has seen all of these.
    func hasSeen(_ latest: [Int], _ event: Int) -> Bool {
        latest.allSatisfy { ancestry.hasSeen($0, by: event) }
    }

    func areConcurrent(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        !ancestry.hasSeen(one.lowerBound, by: other.lowerBound)
            && !ancestry.hasSeen(other.lowerBound, by: one.lowerBound)
    }

    /// How many elements lie before a place; they come first.
    static func count<Element>(
        of elements: [Element], where isBefore: (Element) -> Bool
    ) -> Int {
        var (low, high) = (0, elements.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(elements[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
