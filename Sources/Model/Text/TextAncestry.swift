/// Which events of a text have seen which, for whoever asks about many.
///
/// For each node it notes the latest event of each device that the node has seen (a vector clock,
/// as in Fidge's "Timestamps in message-passing systems that preserve the partial ordering", 1988).
/// That says all while every device has seen its own events before; where one has not, or there are
/// too many devices for a table, the graph is asked.
struct TextAncestry {
    private let graph: TextGraph
    /// By node and agent; empty if the graph is asked.
    private var clocks: [Int] = []
    private static let clocksMax = 1 << 22

    init(of graph: TextGraph) {
        self.graph = graph
        let agentCount = graph.agents.count
        guard graph.nodes.count * agentCount <= Self.clocksMax else { return }
        var clocks = Array(repeating: -1, count: graph.nodes.count * agentCount)
        var latest = Array(repeating: -1, count: agentCount)
        for (index, node) in graph.nodes.enumerated() {
            let row = index * agentCount
            for parent in graph.parents(of: node) {
                let parentIndex = graph.nodeIndex(of: parent)
                for agent in 0..<agentCount {
                    let seen = clocks[parentIndex * agentCount + agent]
                    clocks[row + agent] = max(clocks[row + agent], seen)
                }
                let agent = graph.nodes[parentIndex].agent
                clocks[row + agent] = max(clocks[row + agent], parent)
            }
            guard clocks[row + node.agent] == latest[node.agent] else { return }
            latest[node.agent] = node.end - 1
        }
        self.clocks = clocks
    }

    /// Whether one event is the other or has been seen by it.
    func hasSeen(_ earlier: Int, by later: Int) -> Bool {
        if earlier > later { return false }
        let (index, laterIndex) = (graph.nodeIndex(of: earlier), graph.nodeIndex(of: later))
        if index == laterIndex { return true }
        guard !clocks.isEmpty else {
            return graph.difference([earlier], [later]).one.isEmpty
        }
        return clocks[laterIndex * graph.agents.count + graph.nodes[index].agent] >= earlier
    }
}
