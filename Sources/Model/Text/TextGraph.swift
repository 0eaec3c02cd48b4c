/// Who made which event of a text, and what its author had seen: the event graph, in runs.
///
/// A *node* is a run of events of one device, numbered on, each of which has seen exactly what the
/// one before had, and that one. Local numbers follow the order of arrival, so parents always
/// have smaller numbers than their children.
struct TextGraph: Sendable {
    struct Node: Sendable {
        let agent: Int
        let sequence: UInt64
        let start: Int
        var end: Int
        let parentsStart: Int
        let parentsCount: Int

        var count: Int { end - start }
    }

    struct Agent: Sendable {
        let device: DeviceID
        /// The device's nodes, ascending by their first number.
        var nodes: ContiguousArray<Int> = []
        var nextSequence: UInt64 = 0
    }

    private(set) var nodes: ContiguousArray<Node> = []
    private(set) var agents: ContiguousArray<Agent> = []
    private var parentList: ContiguousArray<Int> = []
    private var agentIndex: [DeviceID: Int] = [:]
    /// The events that no other has seen, ascending: the version that holds everything.
    private(set) var frontier: [Int] = []
    /// Events that have seen all with smaller numbers and are seen by all with larger ones,
    /// as ranges, ascending. Between two of them nothing outside can matter, so a merge replays
    /// no more than what lies between.
    private(set) var critical: ContiguousArray<Range<Int>> = []

    var eventCount: Int { nodes.last?.end ?? 0 }

    // MARK: Growing

    /// Adds events that have seen everything, as local ones always have.
    mutating func appendLocal(count: Int, by device: DeviceID, sequence: UInt64) {
        let start = eventCount
        if let last = nodes.last, frontier.count == 1, frontier[0] == start - 1,
            agents[last.agent].device == device,
            last.sequence + UInt64(last.count) == sequence
        {
            nodes[nodes.count - 1].end += count
            agents[last.agent].nextSequence = sequence + UInt64(count)
            frontier[0] = start + count - 1
            noteCritical(start..<start + count)
        } else {
            append(count: count, by: device, sequence: sequence, parents: frontier)
        }
    }

    /// Adds events.
    ///
    /// The parents are what the first of them has seen, as the latest events, ascending.
    mutating func append(count: Int, by device: DeviceID, sequence: UInt64, parents: [Int]) {
        let start = eventCount
        let agent = index(of: device)
        let isOnTop = parents == frontier
        let lowest = parents.first ?? -1
        while let last = critical.last, last.upperBound - 1 > lowest {
            critical.removeLast()
            if last.lowerBound <= lowest { critical.append(last.lowerBound..<lowest + 1) }
        }
        if let last = nodes.last, parents.count == 1, parents[0] == start - 1,
            last.agent == agent, last.sequence + UInt64(last.count) == sequence
        {
            nodes[nodes.count - 1].end += count
        } else {
            insert(
                Node(
                    agent: agent, sequence: sequence, start: start, end: start + count,
                    parentsStart: parentList.count, parentsCount: parents.count))
            parentList.append(contentsOf: parents)
        }
        agents[agent].nextSequence = max(agents[agent].nextSequence, sequence + UInt64(count))
        if isOnTop {
            frontier = [start + count - 1]
            noteCritical(start..<start + count)
        } else {
            frontier.removeAll { parents.contains($0) }
            frontier.append(start + count - 1)
        }
    }

    private mutating func insert(_ node: Node) {
        let index = nodes.count
        nodes.append(node)
        let place = place(in: node.agent, of: node.sequence)
        agents[node.agent].nodes.insert(index, at: place)
    }

    private mutating func noteCritical(_ range: Range<Int>) {
        if let last = critical.last, last.upperBound == range.lowerBound {
            critical[critical.count - 1] = last.lowerBound..<range.upperBound
        } else {
            critical.append(range)
        }
    }

    private mutating func index(of device: DeviceID) -> Int {
        if let index = agentIndex[device] { return index }
        agentIndex[device] = agents.count
        agents.append(Agent(device: device))
        return agents.count - 1
    }

    // MARK: Looking up

    /// The number after the largest that this device has used.
    func nextSequence(of device: DeviceID) -> UInt64 {
        agentIndex[device].map { agents[$0].nextSequence } ?? 0
    }

    /// The local number of an event, if it is here.
    func event(_ id: TextEventID) -> Int? {
        guard let agent = agentIndex[id.device] else { return nil }
        let place = place(in: agent, of: id.sequence)
        guard place > 0 else { return nil }
        let node = nodes[agents[agent].nodes[place - 1]]
        let offset = id.sequence - node.sequence
        return offset < UInt64(node.count) ? node.start + Int(offset) : nil
    }

    /// How many of the numbers from `sequence` on, at most `count`, are all here or all missing.
    func known(
        from sequence: UInt64, count: Int, of device: DeviceID
    ) -> (isKnown: Bool, count: Int) {
        guard let agent = agentIndex[device] else { return (false, count) }
        let place = place(in: agent, of: sequence)
        let list = agents[agent].nodes
        if place > 0 {
            let node = nodes[list[place - 1]]
            let offset = sequence - node.sequence
            if offset < UInt64(node.count) { return (true, min(count, node.count - Int(offset))) }
        }
        guard place < list.count else { return (false, count) }
        let gap = nodes[list[place]].sequence - sequence
        return (false, gap < UInt64(count) ? Int(gap) : count)
    }

    /// How many of an agent's nodes begin at or before this number.
    private func place(in agent: Int, of sequence: UInt64) -> Int {
        let list = agents[agent].nodes
        if let last = list.last, nodes[last].sequence <= sequence { return list.count }
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if nodes[list[middle]].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The node that an event lies in.
    func nodeIndex(of event: Int) -> Int {
        var (low, high) = (0, nodes.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if nodes[middle].start <= event { low = middle } else { high = middle }
        }
        return low
    }

    func id(of event: Int) -> TextEventID {
        let node = nodes[nodeIndex(of: event)]
        return TextEventID(
            device: agents[node.agent].device, sequence: node.sequence + UInt64(event - node.start))
    }

    /// What the first event of a node has seen, as the latest events, ascending.
    func parents(of node: Node) -> ArraySlice<Int> {
        parentList[node.parentsStart..<node.parentsStart + node.parentsCount]
    }

    /// What an event has seen, as the latest events, ascending.
    func parents(of event: Int) -> [Int] {
        let node = nodes[nodeIndex(of: event)]
        return event > node.start ? [event - 1] : Array(parents(of: node))
    }
}
