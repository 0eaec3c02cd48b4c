/// What the events of a text do, in runs: one column of runs, one of all text ever inserted.
///
/// Events carry local numbers, counted from 0 in the order in which this replica learnt of them.
struct TextOperations: Sendable {
    enum Kind: UInt8, Sendable {
        /// Each event inserts behind the one before.
        case insertion = 0
        /// Each event deletes at the same place, as the delete key does.
        case deletion = 1
        /// Each event deletes before the one before, as the backspace key does.
        case backspace = 2
    }

    struct Run: Sendable {
        var kind: Kind
        /// The local number of the first event.
        var start: Int
        var count: Int
        /// Where the first event acts, in the text as its author had it then.
        var position: Int
        /// Where the inserted text lies in ``TextOperations/inserted``, in bytes.
        var textStart: Int
        var textCount: Int

        var end: Int { start + count }

        /// Where a writer's cursor is after the run.
        var cursor: Int {
            switch kind {
            case .insertion: position + count
            case .deletion: position
            case .backspace: position - count + 1
            }
        }

        /// How many events of a run that follows belong to this one.
        ///
        /// Runs are cut event by event from the left, each as long as it can be: so the same events
        /// have the same runs however they came. The second event of a deletion tells its kind.
        func extending(by next: Run) -> Int {
            if kind == .insertion {
                return next.kind == .insertion && next.position == cursor ? next.count : 0
            }
            guard next.kind != .insertion else { return 0 }
            if kind != .backspace, next.position == position {
                return next.kind == .deletion ? next.count : 1
            }
            if kind == .backspace || count == 1, next.position == cursor - 1 {
                return next.kind == .backspace || next.count == 1 ? next.count : 1
            }
            return 0
        }
    }

    private(set) var runs: ContiguousArray<Run> = []
    private(set) var inserted: [UInt8] = []
    private(set) var eventCount = 0
    private(set) var insertedCount = 0

    /// Adds a run, the text of which has been appended already.
    private mutating func append(_ run: Run) {
        var rest = run
        eventCount += run.count
        if run.kind == .insertion { insertedCount += run.count }
        while rest.count > 0, let last = runs.last {
            let taken = last.extending(by: rest)
            guard taken > 0 else { break }
            let index = runs.count - 1
            if last.kind != .insertion {
                runs[index].kind = rest.position == last.position ? .deletion : .backspace
                // A run of one goes either way; a longer one has gone its way already.
                if last.count > 1 { runs[index].kind = last.kind }
            }
            runs[index].count += taken
            runs[index].textCount += rest.textCount
            rest = rest.droppingFirst(taken)
        }
        if rest.count > 0 { runs.append(rest) }
    }

    /// Appends insertions. The bytes are UTF-8 and hold `count` scalar values.
    mutating func appendInsertion(
        at position: Int, of text: some Collection<UInt8>, count: Int
    ) {
        let textStart = inserted.count
        inserted.append(contentsOf: text)
        append(
            Run(
                kind: .insertion, start: eventCount, count: count, position: position,
                textStart: textStart, textCount: inserted.count - textStart))
    }

    mutating func appendDeletion(at position: Int, count: Int, isBackspace: Bool) {
        append(
            Run(
                kind: isBackspace && count > 1 ? .backspace : .deletion, start: eventCount,
                count: count, position: position, textStart: inserted.count, textCount: 0))
    }

    /// The runs and parts of runs that make up a range of events, in order.
    func pieces(of range: Range<Int>) -> Pieces {
        Pieces(operations: self, range: range)
    }

    struct Pieces: Sequence, IteratorProtocol {
        private let operations: TextOperations
        private let end: Int
        private var start: Int
        private var index: Int

        init(operations: TextOperations, range: Range<Int>) {
            self.operations = operations
            end = range.upperBound
            start = range.lowerBound
            index = range.isEmpty ? 0 : operations.runIndex(of: range.lowerBound)
        }

        mutating func next() -> Run? {
            guard start < end else { return nil }
            let run = operations.runs[index]
            let piece = operations.piece(of: run, from: start, to: Swift.min(end, run.end))
            start = piece.end
            index += 1
            return piece
        }
    }

    private func runIndex(of event: Int) -> Int {
        var (low, high) = (0, runs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].start <= event { low = middle } else { high = middle }
        }
        return low
    }

    private func piece(of run: Run, from start: Int, to end: Int) -> Run {
        guard start > run.start || end < run.end else { return run }
        var piece = run.droppingFirst(start - run.start)
        piece.count = end - start
        guard run.kind == .insertion else { return piece }
        let textEnd = run.textStart + run.textCount
        if run.textCount == run.count {
            piece.textStart = run.textStart + (start - run.start)
            piece.textCount = piece.count
        } else {
            piece.textStart = inserted.offset(
                ofScalar: start - run.start, from: run.textStart, to: textEnd)
            piece.textCount =
                inserted.offset(ofScalar: piece.count, from: piece.textStart, to: textEnd)
                - piece.textStart
        }
        return piece
    }

    /// The text of a run.
    func text(of run: Run) -> ArraySlice<UInt8> {
        inserted[run.textStart..<run.textStart + run.textCount]
    }
}

extension TextOperations.Run {
    /// The run without its first events; the text of an insertion is left as it is.
    func droppingFirst(_ dropped: Int) -> Self {
        var rest = self
        rest.start += dropped
        rest.count -= dropped
        switch kind {
        case .insertion: rest.position += dropped
        case .deletion: break
        case .backspace: rest.position -= dropped
        }
        if rest.count == 1, kind == .backspace { rest.kind = .deletion }
        return rest
    }
}

extension Array where Element == UInt8 {
    /// Where the scalar value of this number begins, counted from `start`; `end` if there are
    /// not so many.
    func offset(ofScalar number: Int, from start: Int, to end: Int) -> Int {
        var (offset, rest) = (start, number)
        while offset < end {
            if self[offset] & 0xC0 != 0x80 {
                if rest == 0 { break }
                rest -= 1
            }
            offset += 1
        }
        return offset
    }
}

extension Collection where Element == UInt8 {
    /// How many scalar values UTF-8 text holds: the bytes that do not continue one.
    var scalarCount: Int {
        reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
    }
}
