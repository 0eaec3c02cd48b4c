extension TextDocument {
    /// What the text said when those who have these versions last had the same: with the events
    /// that all of them have, and no others.
    package func commonText(of versions: [TextVersion]) throws(TextFailure) -> String {
        let graph = history.graph
        let heads = versions.map { graph.latest(of: $0.heads.compactMap(graph.event)) }
        guard let first = heads.first else { return text }
        var common = graph.events(of: first)
        for other in heads.dropFirst() {
            common = Self.subtracting(graph.difference(first, other).one.reversed(), from: common)
        }
        // The latest are those from which nothing goes on: neither in their range nor in another.
        let parents = Set(common.flatMap { graph.parents(of: $0.lowerBound) })
        let latest = common.map { $0.upperBound - 1 }.filter { !parents.contains($0) }
        return try text(at: TextVersion(latest.map(graph.id)))
    }

    /// What is left of some ranges without others; all ascend.
    private static func subtracting(
        _ others: [Range<Int>], from ranges: [Range<Int>]
    ) -> [Range<Int>] {
        var left: [Range<Int>] = []
        var rest = others[...]
        for range in ranges {
            var start = range.lowerBound
            while let other = rest.first, other.lowerBound < range.upperBound {
                if other.lowerBound > start { left.append(start..<other.lowerBound) }
                start = max(start, other.upperBound)
                if other.upperBound > range.upperBound { break }
                rest.removeFirst()
            }
            if start < range.upperBound { left.append(start..<range.upperBound) }
        }
        return left
    }
}
