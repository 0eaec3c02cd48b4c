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

    /// A stretch of a node within which the order cannot change, because nobody joins or leaves
    /// the node in its midst.
    private struct Part {
        let events: Range<Int>
        let id: TextEventID
        /// Nil if the parent is the event before.
        let node: TextGraph.Node?
        var waitingFor = 0
        /// The first of the edges to its children, which are linked by their numbers.
        var firstEdge = -1
        /// The place of its last event in the order.
        var written = -1
    }

    init(of graph: TextGraph) {
        var parts = Self.parts(of: graph)
        var edges: ContiguousArray<(child: Int, next: Int)> = []
        edges.reserveCapacity(parts.count + parts.count / 2)
        var ready = ReadyParts()
        func addEdge(from parent: Int, to child: Int) {
            edges.append((child, parts[parent].firstEdge))
            parts[parent].firstEdge = edges.count - 1
            parts[child].waitingFor += 1
        }
        for index in parts.indices {
            if let node = parts[index].node {
                for parent in graph.parents(of: node) {
                    addEdge(from: Self.part(of: parent, in: parts), to: index)
                }
            } else {
                addEdge(from: index - 1, to: index)
            }
            if parts[index].waitingFor == 0 { ready.insert(parts[index].id, index) }
        }
        var count = 0
        runs.reserveCapacity(parts.count)
        while let (id, index) = ready.removeFirst() {
            let part = parts[index]
            var parents: [Int] = []
            if let node = part.node {
                for parent in graph.parents(of: node) {
                    parents.append(parts[Self.part(of: parent, in: parts)].written)
                }
                if parents.count > 1 { parents.sort() }
            } else {
                parents = [parts[index - 1].written]
            }
            append(part.events, id, parents: parents, at: count)
            count += part.events.count
            parts[index].written = count - 1
            var edge = part.firstEdge
            while edge >= 0 {
                let (child, next) = edges[edge]
                parts[child].waitingFor -= 1
                if parts[child].waitingFor == 0 { ready.insert(parts[child].id, child) }
                edge = next
            }
        }
    }

    private static func parts(of graph: TextGraph) -> ContiguousArray<Part> {
        // Where somebody leaves a node in its midst: behind parents of other nodes.
        var cuts: [Int] = []
        for node in graph.nodes {
            for parent in graph.parents(of: node) where parent + 1 < node.start {
                cuts.append(parent + 1)
            }
        }
        cuts.sort()
        var parts: ContiguousArray<Part> = []
        parts.reserveCapacity(graph.nodes.count + cuts.count)
        var nextCut = 0
        for node in graph.nodes {
            let device = graph.agents[node.agent].device
            var start = node.start
            while start < node.end {
                while nextCut < cuts.count, cuts[nextCut] <= start { nextCut += 1 }
                let end = nextCut < cuts.count ? min(cuts[nextCut], node.end) : node.end
                parts.append(
                    Part(
                        events: start..<end,
                        id: TextEventID(
                            device: device, sequence: node.sequence + UInt64(start - node.start)),
                        node: start == node.start ? node : nil))
                start = end
            }
        }
        return parts
    }

    /// The part that an event lies in; if it is a parent, it is the last one there.
    private static func part(of event: Int, in parts: ContiguousArray<Part>) -> Int {
        var (low, high) = (0, parts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if parts[middle].events.lowerBound <= event { low = middle } else { high = middle }
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
