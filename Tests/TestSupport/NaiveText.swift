package import Model

/// A text by the definition, for comparison: a tree of single characters as in "The Art of the
/// Fugue", searched from end to end for every event. It shares no code with the merge.
package struct NaiveText {
    package enum Act {
        case insert(Unicode.Scalar, at: Int)
        case delete(at: Int)
    }

    package struct Event {
        package let id: TextEventID
        /// Indices of the parents.
        package let parents: [Int]
        package let act: Act
        /// Indices of all that the author had seen.
        package let seen: Set<Int>
    }

    private struct Node {
        let id: TextEventID
        let scalar: Unicode.Scalar
        var left: [Int] = []
        var right: [Int] = []
    }

    package private(set) var events: [Event] = []
    /// By the index of the event; -1 is the root.
    private var nodes: [Int: Node] = [
        -1: Node(id: TextEventID(device: DeviceID(rawValue: 0), sequence: 0), scalar: "^")
    ]
    private var targets: [Int: Int] = [:]

    package init() {}

    /// All that is seen by who has these events.
    package func closure(_ heads: [Int]) -> Set<Int> {
        heads.reduce(into: Set(heads)) { $0.formUnion(events[$1].seen) }
    }

    /// The characters in document order that were inserted by these events, deleted ones included.
    private func walk(_ seen: Set<Int>) -> [Int] {
        var order: [Int] = []
        walk(seen, from: -1, into: &order)
        return order
    }

    private func walk(_ seen: Set<Int>, from node: Int, into order: inout [Int]) {
        func sorted(_ children: [Int]) -> [Int] {
            let there = children.filter(seen.contains)
            return there.count < 2 ? there : there.sorted { events[$0].id < events[$1].id }
        }
        for child in sorted(nodes[node]?.left ?? []) { walk(seen, from: child, into: &order) }
        order.append(node)
        for child in sorted(nodes[node]?.right ?? []) { walk(seen, from: child, into: &order) }
    }

    private func visible(_ seen: Set<Int>) -> [Int] {
        let deleted = Set(seen.compactMap { targets[$0] })
        return walk(seen).filter { $0 >= 0 && !deleted.contains($0) }
    }

    package func text(_ seen: Set<Int>) -> String {
        var text = String.UnicodeScalarView()
        for index in visible(seen) { if let node = nodes[index] { text.append(node.scalar) } }
        return String(text)
    }

    package var text: String { text(Set(events.indices)) }

    /// Adds an event; the position must lie within the text that the parents make.
    package mutating func add(_ id: TextEventID, parents: [Int], _ act: Act) {
        let seen = closure(parents)
        let index = events.count
        switch act {
        case .insert(let scalar, let position):
            let left = position > 0 ? visible(seen)[position - 1] : -1
            nodes[index] = Node(id: id, scalar: scalar)
            if nodes[left]?.right.contains(where: seen.contains) ?? false {
                let order = walk(seen)
                let next = order[(order.firstIndex(of: left) ?? 0) + 1]
                nodes[next]?.left.append(index)
            } else {
                nodes[left]?.right.append(index)
            }
        case .delete(let position):
            targets[index] = visible(seen)[position]
        }
        events.append(Event(id: id, parents: parents, act: act, seen: seen))
    }

    /// The events that delete each character, by the index of its event.
    package var deletions: [Int: [Int]] {
        Dictionary(grouping: targets.keys) { targets[$0] ?? -1 }
    }

    package func length(_ heads: [Int]) -> Int { visible(closure(heads)).count }

    /// The events that no other has seen.
    package var heads: [Int] {
        events.indices.filter { index in !events.contains { $0.seen.contains(index) } }
    }

    /// Those that none of the others has seen.
    package func latest(of heads: [Int]) -> [Int] {
        heads.filter { index in !heads.contains { events[$0].seen.contains(index) } }
    }

    package func version(_ heads: [Int]) -> TextVersion { TextVersion(heads.map { events[$0].id }) }

    /// Each event as an edit of its own.
    package var edits: [TextEdit] {
        events.map { event in
            let splice =
                switch event.act {
                case .insert(let scalar, let position):
                    TextSplice(
                        position: position, deletedCount: 0, inserted: String(Character(scalar)))
                case .delete(let position):
                    TextSplice(position: position, deletedCount: 1, inserted: "")
                }
            return TextEdit(
                device: event.id.device, sequence: event.id.sequence,
                parents: version(event.parents), splices: [splice])
        }
    }
}
