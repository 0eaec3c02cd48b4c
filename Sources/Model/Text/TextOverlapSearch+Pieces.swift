/// The characters of a text in order, the deleted ones among them.
extension TextOverlapSearch {
    /// Characters with consecutive names that stand or stood one behind the other, inserted by one
    /// device, all deleted or none.
    struct Piece {
        let ids: Range<Int>
        let isDeleted: Bool

        var isInserted: Bool { ids.lowerBound < TextTracker.baseID }
    }

    /// The pieces from a character on, without it, in one direction.
    struct PieceWalk: Sequence, IteratorProtocol {
        private let search: TextOverlapSearch
        private let isForward: Bool
        private var cursor: TextTracker.Cursor
        /// What is left of an item, the next piece last.
        private var pieces: [Piece]

        fileprivate init(of search: TextOverlapSearch, from id: Int, isForward: Bool) {
            self.search = search
            self.isForward = isForward
            cursor = search.tracker.find(id)
            pieces = search.pieces(at: cursor, in: isForward ? id + 1..<Int.max : 0..<id)
            if isForward { pieces.reverse() }
        }

        mutating func next() -> Piece? {
            while pieces.isEmpty {
                let next =
                    isForward
                    ? search.tracker.item(behind: cursor) : search.tracker.item(before: cursor)
                guard let next else { return nil }
                cursor = next
                pieces = search.pieces(at: cursor)
                if isForward { pieces.reverse() }
            }
            return pieces.removeLast()
        }
    }

    /// The pieces before a character, the nearest first.
    func pieces(before id: Int) -> PieceWalk { PieceWalk(of: self, from: id, isForward: false) }

    /// The pieces behind a character.
    func pieces(behind id: Int) -> PieceWalk { PieceWalk(of: self, from: id, isForward: true) }

    /// The pieces of an item that lie within bounds. Several devices may have typed what is one
    /// item, each on from where the one before was.
    private func pieces(
        at cursor: TextTracker.Cursor, in bounds: Range<Int> = 0..<Int.max
    ) -> [Piece] {
        let item = tracker.leaves[cursor.leaf][cursor.index]
        let ids = (item.id..<item.id + item.count).clamped(to: bounds)
        guard !ids.isEmpty else { return [] }
        let ranges = item.id >= TextTracker.baseID ? [ids] : insertions(in: ids)
        return ranges.map { Piece(ids: $0, isDeleted: item.isDeleted) }
    }

    /// The pieces of a place, in order.
    func pieces(of place: Place) -> [Piece] {
        var cursor = tracker.find(place.first)
        let end = tracker.find(place.last)
        var pieces: [Piece] = []
        var start = place.first
        while true {
            let isEnd = cursor.leaf == end.leaf && cursor.index == end.index
            pieces += self.pieces(at: cursor, in: start..<(isEnd ? place.last + 1 : Int.max))
            guard !isEnd, let next = tracker.item(behind: cursor) else { return pieces }
            (cursor, start) = (next, 0)
        }
    }

    /// What stands now from one character to another.
    func range(from first: Int, to last: Int) -> Range<Int> {
        position(of: first)..<position(of: last) + (isDeleted(last) ? 0 : 1)
    }

    /// How many characters that are there now stand before one.
    func position(of id: Int) -> Int {
        let cursor = tracker.find(id)
        let item = tracker.leaves[cursor.leaf][cursor.index]
        return tracker.effectivePosition(of: cursor) + (item.isDeleted ? 0 : id - item.id)
    }

    private func isDeleted(_ id: Int) -> Bool { tracker.item(of: id).isDeleted }
}
