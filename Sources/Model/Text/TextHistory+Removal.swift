extension TextHistory {
    /// The history without these events and without all that have seen any of them: what is left
    /// when edits are refused that this device had made or got before they were decided on, or
    /// what a hub knows of a text when they are not admitted yet.
    ///
    /// Pending edits go only if they are named.
    package func removing(_ ids: [TextEventID]) -> TextHistory {
        var firstRemoved = [Int?](repeating: nil, count: graph.nodes.count)
        for event in ids.compactMap(graph.event) {
            let node = graph.nodeIndex(of: event)
            firstRemoved[node] = min(firstRemoved[node] ?? event, event)
        }
        var rest = TextHistory()
        for (index, node) in graph.nodes.enumerated() {
            let hasLostParent = graph.parents(of: node).contains { parent in
                firstRemoved[graph.nodeIndex(of: parent)].map { parent >= $0 } ?? false
            }
            if hasLostParent { firstRemoved[index] = node.start }
            let end = firstRemoved[index] ?? node.end
            guard end > node.start else { continue }
            _ = rest.addUnchecked(edit(of: node.start..<end))
        }
        for edit in pending where !ids.contains(where: edit.contains) { rest.wait(for: edit) }
        return rest
    }

    /// The history as it was when it had so many events, with these edits waiting.
    func rewound(to eventCount: Int, pending: [TextEdit]) -> TextHistory {
        var rest = TextHistory()
        for node in graph.nodes where node.start < eventCount {
            _ = rest.addUnchecked(edit(of: node.start..<min(node.end, eventCount)))
        }
        for edit in pending { rest.wait(for: edit) }
        return rest
    }
}
