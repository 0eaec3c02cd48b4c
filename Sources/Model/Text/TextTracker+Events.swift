/// What events do to the state of a replay: the order of concurrent insertions, deletions, and
/// the way from one version to another.
///
/// **The order.** Characters form a tree, as in Fugue. A character hangs to the right of the
/// character that was on its left when it was typed, its left origin. If the next character in its
/// author's eyes (deleted ones included) hung there already, it is that one's right parent: the
/// new one then belongs before it. So a run of typing is a chain, and two runs typed at one place
/// come one after the other, whichever way each was typed. Among characters of the same left
/// origin and right parent the smaller event id comes first.
///
/// Instead of building the tree, the insertion looks at those characters between the left origin
/// and the next one that its author had *not* seen. Only they are concurrent with it, and there
/// are hardly ever any.
extension TextTracker {
    /// Inserts the characters of a run of events behind the prepared character before `position`;
    /// returns where in the text they go.
    mutating func insert(
        events: Range<Int>, at position: Int, in graph: TextGraph
    ) -> Int {
        var leftOrigin = Self.start
        var place: Cursor? = first
        if position > 0 {
            let (cursor, offset) = prepared(at: position - 1)
            let item = leaves[cursor.leaf][cursor.index]
            leftOrigin = item.id + offset
            if offset + 1 < item.count {
                // In the midst of a run, nothing concurrent can be there.
                let rest = isolate(offset + 1..<item.count, of: cursor)
                return put(events, leftOrigin, leftOrigin + 1, at: rest)
            }
            if leftOrigin == events.lowerBound - 1, !item.isDeleted,
                self.item(behind: cursor).map({ leaves[$0.leaf][$0.index].state != 0 }) ?? true
            {
                let effective = effectivePosition(of: cursor) + item.count
                extend(cursor, by: events.count)
                return effective
            }
            place = Cursor(leaf: cursor.leaf, index: cursor.index + 1)
        }
        let start = place ?? first
        var next = normalised(start)
        var hasConcurrent = false
        while let cursor = next, leaves[cursor.leaf][cursor.index].state == 0 {
            hasConcurrent = true
            next = item(behind: cursor)
        }
        var rightParent = Self.none
        if let next, leaves[next.leaf][next.index].leftOrigin == leftOrigin {
            rightParent = leaves[next.leaf][next.index].id
        }
        guard hasConcurrent, let scanned = normalised(start) else {
            return put(events, leftOrigin, rightParent, at: start)
        }
        let behind = scan(
            from: scanned, leftOrigin, rightParent, of: events.lowerBound, in: graph)
        return put(events, leftOrigin, rightParent, at: behind)
    }

    /// Finds the place among concurrent insertions.
    private func scan(
        from start: Cursor, _ leftOrigin: Int, _ rightParent: Int, of event: Int,
        in graph: TextGraph
    ) -> Cursor {
        /// Where to go unless a sibling with a right parent as far to the right turns up.
        var tentative: Cursor?
        var place = start
        var next: Cursor? = start
        while let cursor = next {
            let other = leaves[cursor.leaf][cursor.index]
            guard other.state == 0 else { break }
            if other.leftOrigin == leftOrigin {
                if other.rightParent == rightParent {
                    if graph.id(of: event) < graph.id(of: other.id) { break }
                    tentative = nil
                } else if isBefore(other.rightParent, rightParent) {
                    if tentative == nil { tentative = cursor }
                } else {
                    tentative = nil
                }
            } else if isBefore(other.leftOrigin, leftOrigin) {
                break
            }
            place = Cursor(leaf: cursor.leaf, index: cursor.index + 1)
            next = item(behind: cursor)
        }
        return tentative ?? place
    }

    private mutating func put(
        _ events: Range<Int>, _ leftOrigin: Int, _ rightParent: Int, at place: Cursor
    ) -> Int {
        let cursor = insert(
            Item(
                id: events.lowerBound, count: events.count, leftOrigin: leftOrigin,
                rightParent: rightParent, state: 1, isDeleted: false), at: place)
        return effectivePosition(of: cursor)
    }

    /// Deletes prepared characters from `position` on, or back from it, as far as they are of one
    /// run. Returns how many, and where in the text they are if they are still there.
    mutating func delete(
        event: Int, count: Int, at position: Int, isBackspace: Bool
    ) -> (count: Int, position: Int?) {
        let (found, offset) = prepared(at: position)
        let item = leaves[found.leaf][found.index]
        let taken = isBackspace ? min(count, offset + 1) : min(count, item.count - offset)
        let first = isBackspace ? offset + 1 - taken : offset
        let cursor = isolate(first..<first + taken, of: found)
        for step in 0..<taken {
            note(
                target: item.id + (isBackspace ? offset - step : offset + step), of: event + step)
        }
        let effective = item.isDeleted ? nil : effectivePosition(of: cursor)
        setState(2, isDeleted: true, of: cursor)
        return (taken, effective)
    }

    /// Takes a run of events into the prepared version, or out of it.
    mutating func move(_ run: TextOperations.Run, isForward: Bool) {
        let step: Int32 = isForward ? 1 : -1
        if run.kind == .insertion {
            shift(run.start..<run.end, by: step)
            return
        }
        var event = run.start
        while event < run.end {
            let first = target(of: event)
            var count = 1
            let direction = run.kind == .deletion ? 1 : -1
            while event + count < run.end, target(of: event + count) == first + direction * count {
                count += 1
            }
            let lowest = direction > 0 ? first : first - count + 1
            shift(lowest..<lowest + count, by: step)
            event += count
        }
    }

    private mutating func shift(_ ids: Range<Int>, by step: Int32) {
        var id = ids.lowerBound
        while id < ids.upperBound {
            let found = find(id)
            let item = leaves[found.leaf][found.index]
            let first = id - item.id
            let end = min(item.count, ids.upperBound - item.id)
            let cursor = isolate(first..<end, of: found)
            setState(item.state + step, isDeleted: item.isDeleted, of: cursor)
            id = item.id + end
        }
    }
}
