/// The state of a replay: every character that the replayed events know of, in document order.
///
/// Each item is a run of characters that were inserted one behind the other. It has two states at
/// once. The *prepared* state is that of the version in which the next event was made; it moves
/// back and forth as the replay walks along branches. The *effective* state is that of all events
/// replayed so far, which is what the text looks like. An event's position is looked up in the
/// prepared state and read off in the effective one; that is the whole transformation.
///
/// Characters that are older than the replay are a single item at first, named by their offset;
/// nothing else need be known of them, because everybody has seen them.
///
/// Items lie in leaves of at most ``leafItemsMax``; sums are kept per leaf, in document order. A
/// text that people write has some hundred leaves at most, and adding up a few hundred neighbouring
/// numbers is faster than descending a tree.
struct TextTracker {
    struct Item {
        /// The event that inserted the first character; see ``baseID``.
        var id: Int
        var count: Int
        /// The character to the left when the first one was inserted.
        var leftOrigin: Int
        /// The character to the right, if that hangs on the same left one; see the order.
        var rightParent: Int
        /// The prepared state: 0 not inserted yet, 1 there, and one more for every deletion.
        var state: Int32
        /// The effective state.
        var isDeleted: Bool

        var preparedCount: Int { state == 1 ? count : 0 }
        var effectiveCount: Int { isDeleted ? 0 : count }
        /// The old text may have no characters left and still is something to stand before.
        func holds(_ id: Int) -> Bool { id >= self.id && id < self.id + max(count, 1) }
    }

    struct Cursor {
        var leaf: Int
        var index: Int
    }

    /// Characters older than the replay are named by this plus their offset.
    static let baseID = 1 << 40
    /// Stands where there is no character to the left.
    static let start = -1
    /// Stands where there is no right parent.
    static let none = Int.max
    private static let leafItemsMax = 64

    private(set) var leaves: ContiguousArray<ContiguousArray<Item>>
    /// Leaves by rank, that is in document order, and back.
    private var order: ContiguousArray<Int> = [0]
    private var rank: ContiguousArray<Int> = [0]
    /// Sums by rank.
    private var prepared: ContiguousArray<Int>
    private var effective: ContiguousArray<Int>
    /// For each replayed insertion the leaf of its character, for each deletion its target.
    private var places: ContiguousArray<Int>
    private var firstEvent: Int
    /// The pieces of the old text, ascending: offset of the first character, and leaf.
    private var basePieces: ContiguousArray<(offset: Int, leaf: Int)>
    private(set) var preparedCount: Int
    private(set) var effectiveCount: Int

    /// Begins with so many old characters and no events.
    init(events: Range<Int>, baseCount: Int) {
        leaves = [[]]
        prepared = []
        effective = []
        places = []
        firstEvent = 0
        basePieces = []
        preparedCount = 0
        effectiveCount = 0
        reset(events: events, baseCount: baseCount)
    }

    /// Begins anew, in the memory that has been fetched already: most replays are short.
    mutating func reset(events: Range<Int>, baseCount: Int) {
        leaves.removeLast(leaves.count - 1)
        leaves[0].removeAll(keepingCapacity: true)
        leaves[0].append(
            Item(
                id: Self.baseID, count: baseCount, leftOrigin: Self.start,
                rightParent: Self.none, state: 1, isDeleted: false))
        order.removeLast(order.count - 1)
        order[0] = 0
        rank.removeLast(rank.count - 1)
        rank[0] = 0
        prepared.removeAll(keepingCapacity: true)
        prepared.append(baseCount)
        effective.removeAll(keepingCapacity: true)
        effective.append(baseCount)
        places.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(-1, count: events.count))
        firstEvent = events.lowerBound
        basePieces.removeAll(keepingCapacity: true)
        basePieces.append((0, 0))
        preparedCount = baseCount
        effectiveCount = baseCount
    }

    // MARK: Finding

    /// Where the prepared character of this number is.
    func prepared(at position: Int) -> (cursor: Cursor, offset: Int) {
        var rest = position
        var rank = 0
        while rest >= prepared[rank] {
            rest -= prepared[rank]
            rank += 1
        }
        let leaf = order[rank]
        var index = 0
        while true {
            let count = leaves[leaf][index].preparedCount
            if rest < count { return (Cursor(leaf: leaf, index: index), rest) }
            rest -= count
            index += 1
        }
    }

    /// How many effective characters lie before an item.
    func effectivePosition(of cursor: Cursor) -> Int {
        var position = 0
        for rank in 0..<rank[cursor.leaf] { position += effective[rank] }
        for index in 0..<cursor.index { position += leaves[cursor.leaf][index].effectiveCount }
        return position
    }

    /// The item that holds a character.
    func find(_ id: Int) -> Cursor {
        let leaf = id >= Self.baseID ? basePieces[basePiece(of: id)].leaf : places[id - firstEvent]
        var index = 0
        while !leaves[leaf][index].holds(id) { index += 1 }
        return Cursor(leaf: leaf, index: index)
    }

    /// Whether one character stands before another.
    func isBefore(_ one: Int, _ other: Int) -> Bool {
        if one == other || one == Self.none || other == Self.start { return false }
        if one == Self.start || other == Self.none { return true }
        let (left, right) = (find(one), find(other))
        if left.leaf != right.leaf { return rank[left.leaf] < rank[right.leaf] }
        return left.index == right.index ? one < other : left.index < right.index
    }

    /// The item that holds this character.
    func item(of id: Int) -> Item {
        let cursor = find(id)
        return leaves[cursor.leaf][cursor.index]
    }

    /// The item behind; nil behind the last one.
    func item(behind cursor: Cursor) -> Cursor? {
        if cursor.index + 1 < leaves[cursor.leaf].count {
            return Cursor(leaf: cursor.leaf, index: cursor.index + 1)
        }
        let next = rank[cursor.leaf] + 1
        return next < order.count ? Cursor(leaf: order[next], index: 0) : nil
    }

    /// The item before; nil before the first one.
    func item(before cursor: Cursor) -> Cursor? {
        if cursor.index > 0 { return Cursor(leaf: cursor.leaf, index: cursor.index - 1) }
        let rank = rank[cursor.leaf]
        guard rank > 0 else { return nil }
        let leaf = order[rank - 1]
        return Cursor(leaf: leaf, index: leaves[leaf].count - 1)
    }

    /// The cursor itself, or the beginning of the next leaf where this one ends.
    func normalised(_ cursor: Cursor) -> Cursor? {
        guard cursor.index == leaves[cursor.leaf].count else { return cursor }
        return item(behind: Cursor(leaf: cursor.leaf, index: cursor.index - 1))
    }

    var first: Cursor { Cursor(leaf: order[0], index: 0) }

    /// The character that a replayed deletion deletes.
    func target(of event: Int) -> Int { places[event - firstEvent] }

    private func basePiece(of id: Int) -> Int {
        var (low, high) = (0, basePieces.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if basePieces[middle].offset <= id - Self.baseID { low = middle } else { high = middle }
        }
        return low
    }

    // MARK: Changing

    /// Puts an item in. The cursor may lie behind the last item of its leaf.
    mutating func insert(_ item: Item, at cursor: Cursor) -> Cursor {
        let cursor = makingRoom(at: cursor)
        leaves[cursor.leaf].insert(item, at: cursor.index)
        let rank = rank[cursor.leaf]
        prepared[rank] += item.preparedCount
        preparedCount += item.preparedCount
        effective[rank] += item.effectiveCount
        effectiveCount += item.effectiveCount
        note(item, in: cursor.leaf)
        return cursor
    }

    /// Makes an item longer at its end, by characters that follow in number.
    mutating func extend(_ cursor: Cursor, by count: Int) {
        let item = leaves[cursor.leaf][cursor.index]
        for id in item.id + item.count..<item.id + item.count + count {
            places[id - firstEvent] = cursor.leaf
        }
        leaves[cursor.leaf][cursor.index].count += count
        let rank = rank[cursor.leaf]
        prepared[rank] += count
        preparedCount += count
        effective[rank] += count
        effectiveCount += count
    }

    /// Makes a part of an item an item of its own.
    mutating func isolate(_ part: Range<Int>, of cursor: Cursor) -> Cursor {
        if part.count == leaves[cursor.leaf][cursor.index].count { return cursor }
        var cursor = makingRoom(at: cursor)
        if part.upperBound < leaves[cursor.leaf][cursor.index].count {
            divide(cursor, at: part.upperBound)
        }
        if part.lowerBound > 0 {
            divide(cursor, at: part.lowerBound)
            cursor.index += 1
        }
        return cursor
    }

    /// Cuts an item in two; the leaf must have room.
    private mutating func divide(_ cursor: Cursor, at offset: Int) {
        var rest = leaves[cursor.leaf][cursor.index]
        leaves[cursor.leaf][cursor.index].count = offset
        rest.id += offset
        rest.count -= offset
        // Whoever types on hangs on the character before, and nothing hung on that one yet.
        rest.leftOrigin = rest.id - 1
        rest.rightParent = Self.none
        leaves[cursor.leaf].insert(rest, at: cursor.index + 1)
        if rest.id >= Self.baseID {
            basePieces.insert(
                (rest.id - Self.baseID, cursor.leaf), at: basePiece(of: rest.id) + 1)
        }
    }

    mutating func setState(_ state: Int32, isDeleted: Bool, of cursor: Cursor) {
        let old = leaves[cursor.leaf][cursor.index]
        leaves[cursor.leaf][cursor.index].state = state
        leaves[cursor.leaf][cursor.index].isDeleted = isDeleted
        let new = leaves[cursor.leaf][cursor.index]
        let rank = rank[cursor.leaf]
        prepared[rank] += new.preparedCount - old.preparedCount
        preparedCount += new.preparedCount - old.preparedCount
        effective[rank] += new.effectiveCount - old.effectiveCount
        effectiveCount += new.effectiveCount - old.effectiveCount
    }

    mutating func note(target: Int, of event: Int) { places[event - firstEvent] = target }

    /// Shortens the last piece of the old text, once it is known how long that is. False if
    /// something has been done to more of it than there is.
    mutating func removeFromBase(_ excess: Int) -> Bool {
        let leaf = basePieces[basePieces.count - 1].leaf
        let id = Self.baseID + basePieces[basePieces.count - 1].offset
        let cursor = find(id)
        let item = leaves[leaf][cursor.index]
        guard item.count >= excess, item.state == 1, !item.isDeleted else { return false }
        leaves[leaf][cursor.index].count -= excess
        prepared[rank[leaf]] -= excess
        preparedCount -= excess
        effective[rank[leaf]] -= excess
        effectiveCount -= excess
        return true
    }

    private mutating func note(_ item: Item, in leaf: Int) {
        if item.id >= Self.baseID {
            basePieces[basePiece(of: item.id)].leaf = leaf
        } else {
            for id in item.id..<item.id + item.count { places[id - firstEvent] = leaf }
        }
    }

    /// Divides a full leaf, so that two more items fit; returns where the place is then.
    private mutating func makingRoom(at cursor: Cursor) -> Cursor {
        let leaf = cursor.leaf
        let itemCount = leaves[leaf].count
        guard itemCount + 2 > Self.leafItemsMax else { return cursor }
        let half = itemCount / 2
        let moved = ContiguousArray(leaves[leaf][half...])
        leaves[leaf].removeSubrange(half...)
        let added = leaves.count
        leaves.append(moved)
        let rank = rank[leaf]
        order.insert(added, at: rank + 1)
        self.rank.append(rank + 1)
        for other in rank + 2..<order.count { self.rank[order[other]] = other }
        let preparedMoved = moved.reduce(0) { $0 + $1.preparedCount }
        let effectiveMoved = moved.reduce(0) { $0 + $1.effectiveCount }
        prepared[rank] -= preparedMoved
        prepared.insert(preparedMoved, at: rank + 1)
        effective[rank] -= effectiveMoved
        effective.insert(effectiveMoved, at: rank + 1)
        for item in moved { note(item, in: added) }
        return cursor.index >= half
            ? Cursor(leaf: added, index: cursor.index - half) : cursor
    }
}
