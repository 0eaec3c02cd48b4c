extension TextDocument {
    /// What the text said when those who have these versions last had the same: with the events
    /// that all of them have, and no others.
    package func commonText(of versions: [TextVersion]) throws(TextFailure) -> String {
        let graph = history.graph
        let heads = versions.map { graph.latest(of: $0.heads.compactMap(graph.event)) }
        guard let first = heads.first else { return text }
        var common = graph.events(of: first)
        for other in heads.dropFirst() {
            let others = Array(graph.difference(first, other).one.reversed())
            common = common.flatMap(others.gaps)
        }
        // The latest are those from which nothing goes on: neither in their range nor in another.
        let parents = Set(common.flatMap { graph.parents(of: $0.lowerBound) })
        let latest = common.map { $0.upperBound - 1 }.filter { !parents.contains($0) }
        return try text(at: TextVersion(latest.map(graph.id)))
    }
}
