/// The order in which a replay visits concurrent events: each after its parents, and each branch
/// as far as it goes before the next, because changing branches costs work.
///
/// One plan is made anew for each stretch between critical events; its memory is kept.
struct TextPlan {
    /// Runs of events, each of which has seen the one before in its run.
    private(set) var stretches: [Range<Int>] = []
    private var parts: [Part] = []
    private var edges: [(child: Int, next: Int)] = []
    private var ready: [Int] = []

    private struct Part {
        let events: Range<Int>
        /// How many parents are still to be visited.
        var waitingFor = 0
        /// The first of the edges to its children, which are linked by their numbers.
        var firstEdge = -1
    }

    init() {}

    init(of events: Range<Int>, in graph: TextGraph) {
        make(of: events, in: graph)
    }

    /// Plans for events; whatever they have seen is among them or has been visited.
    mutating func make(of events: Range<Int>, in graph: TextGraph) {
        stretches.removeAll(keepingCapacity: true)
        guard !events.isEmpty else { return }
        let firstNode = graph.nodeIndex(of: events.lowerBound)
        parts.removeAll(keepingCapacity: true)
        var end = events.lowerBound
        while end < events.upperBound {
            let node = graph.nodes[firstNode + parts.count]
            let start = end
            end = min(node.end, events.upperBound)
            parts.append(Part(events: start..<end))
        }
        guard parts.count > 1 else {
            stretches.append(events)
            return
        }
        addEdges(from: events.lowerBound, firstNode, in: graph)
        ready.removeAll(keepingCapacity: true)
        for part in parts.indices.reversed() where parts[part].waitingFor == 0 {
            ready.append(part)
        }
        while let part = ready.popLast() {
            stretches.append(parts[part].events)
            var edge = parts[part].firstEdge
            while edge >= 0 {
                let (child, next) = edges[edge]
                parts[child].waitingFor -= 1
                if parts[child].waitingFor == 0 { ready.append(child) }
                edge = next
            }
        }
    }

    private mutating func addEdges(from first: Int, _ firstNode: Int, in graph: TextGraph) {
        edges.removeAll(keepingCapacity: true)
        for part in parts.indices.reversed() {
            let node = graph.nodes[firstNode + part]
            guard parts[part].events.lowerBound == node.start else { continue }
            for parent in graph.parents(of: node) where parent >= first {
                // The latest events are the usual parents.
                var other = part - 1
                if parts[other].events.lowerBound > parent {
                    other = graph.nodeIndex(of: parent) - firstNode
                }
                parts[part].waitingFor += 1
                edges.append((part, parts[other].firstEdge))
                parts[other].firstEdge = edges.count - 1
            }
        }
    }
}
