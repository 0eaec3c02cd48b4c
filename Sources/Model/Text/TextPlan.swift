/// The order in which a replay visits concurrent events: each after its parents, and each branch
/// as far as it goes before the next, because changing branches costs work.
struct TextPlan {
    /// Runs of events, each of which has seen the one before in its run.
    private(set) var stretches: [Range<Int>] = []

    /// Plans for events; whatever they have seen is among them or has been visited.
    init(of events: Range<Int>, in graph: TextGraph) {
        guard !events.isEmpty else { return }
        let firstNode = graph.nodeIndex(of: events.lowerBound)
        let lastNode = graph.nodeIndex(of: events.upperBound - 1)
        let parts = (firstNode...lastNode).map { index in
            let node = graph.nodes[index]
            return max(node.start, events.lowerBound)..<min(node.end, events.upperBound)
        }
        guard parts.count > 1 else {
            stretches = parts
            return
        }
        // For each part how many parents are still to be visited, and its children as a list
        // that is linked by the edges' numbers.
        var waitingFor = [Int](repeating: 0, count: parts.count)
        var firstEdge = [Int](repeating: -1, count: parts.count)
        var edges: [(child: Int, next: Int)] = []
        for part in parts.indices.reversed() {
            let node = graph.nodes[firstNode + part]
            guard parts[part].lowerBound == node.start else { continue }
            for parent in graph.parents(of: node) where parent >= events.lowerBound {
                let other = graph.nodeIndex(of: parent) - firstNode
                waitingFor[part] += 1
                edges.append((part, firstEdge[other]))
                firstEdge[other] = edges.count - 1
            }
        }
        var ready = parts.indices.reversed().filter { waitingFor[$0] == 0 }
        stretches.reserveCapacity(parts.count)
        while let part = ready.popLast() {
            stretches.append(parts[part])
            var edge = firstEdge[part]
            while edge >= 0 {
                let (child, next) = edges[edge]
                waitingFor[child] -= 1
                if waitingFor[child] == 0 { ready.append(child) }
                edge = next
            }
        }
    }
}
