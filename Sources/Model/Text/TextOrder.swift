/// The order in which events are written: again and again the smallest event id of those whose
/// parents are written. It depends on the set of events alone.
struct TextOrder {
    /// Events of one device, numbered on, each of which has seen the one before in its run.
    struct Run {
        let first: TextEventID
        /// Which event in this order the first one is, from 0.
        let start: Int
        var count: Int
        /// What the first event has seen, by number in this order, ascending.
        let parents: [Int]
    }

    private(set) var runs: [Run] = []
    /// Local numbers in this order.
    private var stretches: [Range<Int>] = []

    init(of graph: TextGraph) {
        // Where nobody joins or leaves a run in its midst, the order cannot change within it.
        let parts = Self.parts(of: graph)
        var waitingFor = [Int](repeating: 0, count: parts.count)
        var firstEdge = [Int](repeating: -1, count: parts.count)
        var edges: [(child: Int, next: Int)] = []
        var ready = ReadyParts()
        for (index, part) in parts.enumerated() {
            let parents = graph.parents(of: part.lowerBound)
            for parent in parents {
                let other = Self.part(ending: parent, in: parts)
                edges.append((index, firstEdge[other]))
                firstEdge[other] = edges.count - 1
            }
            waitingFor[index] = parents.count
            if parents.isEmpty { ready.insert(graph.id(of: part.lowerBound), index) }
        }
        var written = [Int](repeating: 0, count: parts.count)
        var count = 0
        while let (id, index) = ready.removeFirst() {
            let part = parts[index]
            let parents = graph.parents(of: part.lowerBound)
                .map { written[Self.part(ending: $0, in: parts)] }
                .sorted()
            append(part, id, parents: parents, at: count)
            count += part.count
            written[index] = count - 1
            var edge = firstEdge[index]
            while edge >= 0 {
                let (child, next) = edges[edge]
                waitingFor[child] -= 1
                if waitingFor[child] == 0 {
                    ready.insert(graph.id(of: parts[child].lowerBound), child)
                }
                edge = next
            }
        }
    }

    private static func parts(of graph: TextGraph) -> [Range<Int>] {
        var ends: [Int] = []
        for node in graph.nodes {
            ends.append(node.end)
            for parent in graph.parents(of: node) { ends.append(parent + 1) }
        }
        ends.sort()
        var parts: [Range<Int>] = []
        parts.reserveCapacity(ends.count)
        var start = 0
        for end in ends where end > start {
            parts.append(start..<end)
            start = end
        }
        return parts
    }

    /// The part that holds an event; if the event is a parent, it is the last one there.
    private static func part(ending event: Int, in parts: [Range<Int>]) -> Int {
        var (low, high) = (0, parts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if parts[middle].lowerBound <= event { low = middle } else { high = middle }
        }
        return low
    }

    private mutating func append(
        _ part: Range<Int>, _ id: TextEventID, parents: [Int], at start: Int
    ) {
        if let last = runs.last, last.first.device == id.device, parents == [start - 1],
            last.first.sequence + UInt64(last.count) == id.sequence
        {
            runs[runs.count - 1].count += part.count
        } else {
            runs.append(Run(first: id, start: start, count: part.count, parents: parents))
        }
        if let last = stretches.last, last.upperBound == part.lowerBound {
            stretches[stretches.count - 1] = last.lowerBound..<part.upperBound
        } else {
            stretches.append(part)
        }
    }

    /// What the events do, in this order.
    func operations(of operations: TextOperations) -> TextOperations {
        if stretches.count <= 1 { return operations }
        var ordered = TextOperations()
        for stretch in stretches {
            ordered.append(operations, from: stretch.lowerBound, count: stretch.count)
        }
        return ordered
    }

    /// The parts that could be written next, as a binary heap with the smallest id first.
    private struct ReadyParts {
        private var heap: [(id: TextEventID, part: Int)] = []

        mutating func insert(_ id: TextEventID, _ part: Int) {
            heap.append((id, part))
            var child = heap.count - 1
            while child > 0, heap[child].id < heap[(child - 1) / 2].id {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }

        mutating func removeFirst() -> (TextEventID, Int)? {
            guard let first = heap.first else { return nil }
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && heap[child].id < heap[least].id {
                    least = child
                }
                guard least != parent else { return first }
                heap.swapAt(parent, least)
                parent = least
            }
        }
    }
}
