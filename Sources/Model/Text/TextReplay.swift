/// Brings a text up to date with events that its history has got.
///
/// Events that have seen everything before them act where they say. Only between two critical
/// events is there anything to work out; there a ``TextTracker`` walks over the events in an order
/// in which every event follows its parents: first those whose effect the text already shows, in
/// silence, then the new ones.
struct TextReplay {
    private let graph: TextGraph
    private let operations: TextOperations
    private(set) var tracker: TextTracker
    /// The version that the tracker's prepared state is that of.
    private var version: [Int]
    private var comparison = TextGraph.Comparison()
    private var plan = TextPlan()

    /// Old text of unknown length: longer than any, short of the sum of two overflowing.
    static let unknownCount = 1 << 39

    /// Applies the events from this one on to the text as it was without them.
    static func apply(
        eventsFrom first: Int, of history: TextHistory, to buffer: inout TextBuffer
    ) throws(TextFailure) {
        let (graph, operations) = (history.graph, history.operations)
        let critical = graph.critical
        var index = critical.lastIndex { $0.lowerBound <= first } ?? 0
        if index < critical.count, critical[index].upperBound <= first { index += 1 }
        var replay = TextReplay(of: history, events: first..<first, baseCount: 0)
        var next = first
        while next < graph.eventCount {
            if index < critical.count, critical[index].lowerBound <= next {
                let end = critical[index].upperBound
                for run in operations.pieces(of: next..<end) {
                    try Self.apply(run, of: operations, to: &buffer)
                }
                next = end
                index += 1
                continue
            }
            let start = index > 0 ? critical[index - 1].upperBound : 0
            let end = index < critical.count ? critical[index].lowerBound : graph.eventCount
            replay.reset(to: start..<end, baseCount: next > start ? nil : buffer.count)
            if next > start {
                try replay.rehearse(start..<next, countAfter: buffer.count)
            }
            try replay.perform(next..<end, on: &buffer)
            next = end
        }
    }

    /// Begins with a text of this length; nil if that is not known yet.
    init(of history: TextHistory, events: Range<Int>, baseCount: Int?) {
        graph = history.graph
        operations = history.operations
        tracker = TextTracker(events: events, baseCount: baseCount ?? Self.unknownCount)
        version = events.lowerBound > 0 ? [events.lowerBound - 1] : []
    }

    private mutating func reset(to events: Range<Int>, baseCount: Int?) {
        tracker.reset(events: events, baseCount: baseCount ?? Self.unknownCount)
        version.removeAll(keepingCapacity: true)
        if events.lowerBound > 0 { version.append(events.lowerBound - 1) }
    }

    /// Applies a run that has seen everything.
    private static func apply(
        _ run: TextOperations.Run, of operations: TextOperations, to buffer: inout TextBuffer
    ) throws(TextFailure) {
        switch run.kind {
        case .insertion:
            guard 0...buffer.count ~= run.position else { throw .outOfBounds }
            buffer.insert(operations.text(of: run), count: run.count, at: run.position)
        case .deletion:
            guard run.position >= 0, run.position + run.count <= buffer.count else {
                throw .outOfBounds
            }
            buffer.remove(run.count, at: run.position)
        case .backspace:
            guard run.position < buffer.count, run.cursor >= 0 else { throw .outOfBounds }
            buffer.remove(run.count, at: run.cursor)
        }
    }

    // MARK: Walking

    /// Walks over events that the text shows already, and finds out how long it was before them.
    mutating func rehearse(
        _ events: Range<Int>, countAfter: Int
    ) throws(TextFailure) {
        plan.make(of: events, in: graph)
        for stretch in plan.stretches {
            prepare(for: stretch)
            for run in operations.pieces(of: stretch) { try perform(run) { _, _ in } }
        }
        let excess = tracker.effectiveCount - countAfter
        guard excess >= 0, tracker.removeFromBase(excess) else { throw .outOfBounds }
    }

    /// Walks over new events and applies them.
    mutating func perform(
        _ events: Range<Int>, on buffer: inout TextBuffer
    ) throws(TextFailure) {
        let operations = operations
        plan.make(of: events, in: graph)
        for stretch in plan.stretches {
            prepare(for: stretch)
            for run in operations.pieces(of: stretch) {
                try perform(run) { position, count in
                    if run.kind == .insertion {
                        buffer.insert(operations.text(of: run), count: count, at: position)
                    } else {
                        buffer.remove(count, at: position)
                    }
                }
            }
        }
    }

    /// Moves the prepared state to the version in which a stretch was made.
    private mutating func prepare(for stretch: Range<Int>) {
        let node = graph.nodes[graph.nodeIndex(of: stretch.lowerBound)]
        if stretch.lowerBound > node.start {
            graph.compare(version[...], [stretch.lowerBound - 1], &comparison)
        } else {
            graph.compare(version[...], graph.parents(of: node), &comparison)
        }
        for range in comparison.onlyOne {
            for run in operations.pieces(of: range) { tracker.move(run, isForward: false) }
        }
        for range in comparison.onlyOther.reversed() {
            for run in operations.pieces(of: range) { tracker.move(run, isForward: true) }
        }
        version.removeAll(keepingCapacity: true)
        version.append(stretch.upperBound - 1)
    }

    /// Replays a run, and tells for each part of it that has an effect where in the text that is.
    private mutating func perform(
        _ run: TextOperations.Run, effect: (_ position: Int, _ count: Int) -> Void
    ) throws(TextFailure) {
        if run.kind == .insertion {
            guard 0...tracker.preparedCount ~= run.position else { throw .outOfBounds }
            let position = tracker.insert(
                events: run.start..<run.end, at: run.position, in: graph)
            effect(position, run.count)
            return
        }
        let isBackspace = run.kind == .backspace
        guard (isBackspace ? run.cursor : run.position) >= 0,
            run.position + (isBackspace ? 1 : run.count) <= tracker.preparedCount
        else { throw .outOfBounds }
        var (event, position) = (run.start, run.position)
        while event < run.end {
            let (count, effective) = tracker.delete(
                event: event, count: run.end - event, at: position, isBackspace: isBackspace)
            if let effective { effect(effective, count) }
            event += count
            if isBackspace { position -= count }
        }
    }
}
