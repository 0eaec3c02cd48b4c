/// Words that another device's end of a line has torn from their own line: see "Rewritten at the
/// same time" in `protocol/text.md`.
extension TextOverlapSearch {
    /// What stands between one end of an insertion and the character that its author had there.
    private struct Gap {
        /// Insertions that put the end of a line in between; neither author knew of the other.
        var lines: [Range<Int>] = []
        /// The character that the author had there.
        var neighbour: Int?
    }

    /// Insertions that belonged to what their author had in the line before or behind them, and
    /// from which somebody's end of a line has parted them.
    func tornFromLine() throws(TextFailure) -> [Place] {
        var base = self.base
        var places: [Place] = []
        for events in insertions {
            let left = gap(pieces(before: events.lowerBound), events) { $0.upperBound - 1 }
            let right = gap(pieces(behind: events.upperBound - 1), events) { $0.lowerBound }
            guard !left.lines.isEmpty || !right.lines.isEmpty else { continue }
            let text = text(of: events)
            let goesOn = try isOfLine(left.neighbour, text.first, &base)
            let isGoneOnFrom = try isOfLine(right.neighbour, text.last, &base)
            // Words amid a line that another parts there stay with either half.
            let isTorn =
                (goesOn || isGoneOnFrom) && (!goesOn || !left.lines.isEmpty)
                && (!isGoneOnFrom || !right.lines.isEmpty)
            guard isTorn else { continue }
            let lines = (goesOn ? left.lines : []) + (isGoneOnFrom ? right.lines : [])
            places += lines.map { place(ofBoth: events, $0) }
        }
        return places
    }

    /// Whether two characters side by side are of one line.
    private func isOfLine(
        _ neighbour: Int?, _ edge: Unicode.Scalar?, _ base: inout TextBeforeBranches
    ) throws(TextFailure) -> Bool {
        guard let neighbour, let edge, !edge.endsLine,
            let beside = try base.scalar(neighbour, in: self)
        else { return false }
        return !beside.endsLine
    }

    private func gap(
        _ walk: PieceWalk, _ events: Range<Int>, nearest: (Range<Int>) -> Int
    ) -> Gap {
        var gap = Gap()
        let device = graph.id(of: events.lowerBound).device
        for piece in walk {
            let id = nearest(piece.ids)
            if !piece.isInserted || hasSeen([id], events.lowerBound) {
                let wasGone =
                    piece.isDeleted
                    && deletions(of: id).contains {
                        hasSeen([$0.event(deleting: id)], events.lowerBound)
                    }
                if wasGone { continue }
                gap.neighbour = id
                break
            }
            if graph.id(of: id).device != device, areConcurrent(events, piece.ids),
                text(of: piece.ids).contains(where: \.endsLine),
                !isTakenBack(piece.ids, before: [events]), !isTakenBack(events, before: [piece.ids])
            {
                gap.lines.append(piece.ids)
            }
        }
        return gap
    }
}
