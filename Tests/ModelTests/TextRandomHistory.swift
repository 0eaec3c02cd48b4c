import Model
import TestSupport

extension Seed {
    private static let alphabet: [Unicode.Scalar] = [
        "a", "b", "c", "d", "e", "\u{301}", "ß", "\r", "\n", "\u{5D0}", "漢", "👩", "\u{200D}", "🎈",
    ]

    /// A history by a few devices on a few branches that part and meet: runs of typing forwards
    /// and backwards, runs of deleting, some by a device that is concurrent with itself.
    mutating func textHistory(actCount: Int = 24, deviceCount: Int = 3) -> NaiveText {
        var text = NaiveText()
        var next = [UInt64](repeating: 0, count: deviceCount)
        var branches: [[Int]] = [[]]
        for _ in 0..<actCount {
            let agent = below(deviceCount)
            let branch = below(branches.count)
            var heads = branches[branch]
            if oneIn(3) { heads = text.latest(of: Array(Set(heads + pick(branches))).sorted()) }
            let isDeleting = oneIn(3)
            let isBackward = oneIn(3)
            var position = below(text.length(heads) + 1)
            for _ in 0..<(1 + below(4)) {
                let length = text.length(heads)
                if isDeleting, length == 0 { break }
                position = min(position, isDeleting ? length - 1 : length)
                let id = TextEventID(
                    device: DeviceID(rawValue: UInt64(agent) << 56 | 7), sequence: next[agent])
                next[agent] += 1
                text.add(
                    id, parents: heads,
                    isDeleting ? .delete(at: position) : .insert(pick(Self.alphabet), at: position))
                heads = [text.events.count - 1]
                if isDeleting == isBackward { position += isDeleting ? -1 : 1 }
                position = max(position, 0)
            }
            if branches.count < 4, oneIn(3) {
                branches.append(heads)
            } else {
                branches[branch] = heads
            }
        }
        return text
    }

    /// The edits in some order in which parents come first, some of them joined.
    mutating func causalOrder(of text: NaiveText) -> [TextEdit] {
        let edits = text.edits
        var (order, done): ([Int], Set<Int>) = ([], [])
        while order.count < edits.count {
            let ready = edits.indices.filter {
                !done.contains($0) && text.events[$0].seen.isSubset(of: done)
            }
            let index = pick(ready)
            order.append(index)
            done.insert(index)
        }
        return order.map { edits[$0] }
    }
}
