/// What counts as rewritten at the same time: see "Rewritten at the same time" in
/// `protocol/text.md`.
extension TextOverlapSearch {
    /// Characters that several devices have deleted, at least one of them to put something else
    /// there. None of them can have known of another's deletion, because there was nothing left to
    /// delete then.
    var deletedTwice: [Place] {
        pairsOfDeletions.filter { $0.isRewritten }.map { pair in
            place(of: pair.targets, pair.events, [pair.one.device, pair.other.device])
        }
    }

    /// Characters that several devices have deleted, and that all of them wanted to be gone.
    var deletedByAll: [Place] {
        pairsOfDeletions.filter { !$0.isRewritten }.map { pair in
            let position = position(of: pair.targets.lowerBound)
            return Place(
                first: pair.targets.lowerBound, last: pair.targets.upperBound - 1,
                events: pair.events, isSettled: true, range: position..<position)
        }
    }

    private struct PairOfDeletions {
        let one: Deletion
        let other: Deletion

        var isRewritten: Bool { one.isRewritten || other.isRewritten }
        var targets: Range<Int> { one.targets.clamped(to: other.targets) }
        var events: [Range<Int>] {
            [one.events(deleting: targets), other.events(deleting: targets)]
        }
    }

    private var pairsOfDeletions: [PairOfDeletions] {
        var pairs: [PairOfDeletions] = []
        for (index, one) in deletions.enumerated() {
            for other in deletions[(index + 1)...] {
                guard other.targets.lowerBound < one.targets.upperBound else { break }
                if other.device != one.device {
                    pairs.append(PairOfDeletions(one: one, other: other))
                }
            }
        }
        return pairs
    }

    /// Insertions at one spot by devices each of which has deleted something there.
    var replacedTwice: [Place] {
        pairsAtOneSpot(of: replacements.map(\.events)).map { one, other in
            place(of: one, [one, other], devices(of: one, other))
        }
    }

    /// Beginnings that several devices made of a text in which nothing stood.
    var begunTwice: [Place] {
        pairsAtOneSpot(of: insertions.filter(isBeginning)).map(place(ofBoth:_:))
    }

    /// Whether the author of an insertion had no text: nothing was there, or all of it was gone.
    private func isBeginning(_ events: Range<Int>) -> Bool {
        guard spot(of: events) == TextTracker.start,
            !text(of: events).allSatisfy(\.properties.isWhitespace)
        else { return false }
        func wasSeen(_ event: Int) -> Bool { hasSeen([event], events.lowerBound) }
        return pieces(behind: events.upperBound - 1).allSatisfy { piece in
            let id = piece.ids.lowerBound
            if piece.isInserted, !wasSeen(id) { return true }
            return piece.isDeleted
                && deletions(of: id).contains { wasSeen($0.event(deleting: id)) }
        }
    }

    /// The same words put in at one spot by several devices: they stand there twice.
    var insertedTwice: [Place] {
        pairsAtOneSpot(of: insertions).filter { one, other in
            guard one.count == other.count else { return false }
            let text = text(of: one)
            return text == self.text(of: other) && !text.allSatisfy(\.properties.isWhitespace)
        }.map(place(ofBoth:_:))
    }

    /// Where two insertions stand or stood, one behind the other.
    func place(ofBoth one: Range<Int>, _ other: Range<Int>) -> Place {
        let devices = devices(of: one, other)
        return joined(
            place(of: one, [one, other], devices), place(of: other, [one, other], devices))
    }

    private func devices(of one: Range<Int>, _ other: Range<Int>) -> Set<DeviceID> {
        [graph.id(of: one.lowerBound).device, graph.id(of: other.lowerBound).device]
    }

    /// The left origin of an insertion; nil if it goes on from text that its author had just
    /// written and is not at the spot any more.
    private func spot(of events: Range<Int>) -> Int? {
        let event = events.lowerBound
        let leftOrigin = leftOrigin(of: event)
        let isOwn =
            leftOrigin == event - 1 && leftOrigin >= firstEvent
            && graph.id(of: leftOrigin).device == graph.id(of: event).device
        return isOwn ? nil : leftOrigin
    }

    /// Those with the same left origin, of two devices that did not know of each other.
    private func pairsAtOneSpot(of insertions: [Range<Int>]) -> [(Range<Int>, Range<Int>)] {
        var bySpot: [Int: [Range<Int>]] = [:]
        for events in insertions {
            guard let spot = spot(of: events) else { continue }
            bySpot[spot, default: []].append(events)
        }
        var pairs: [(Range<Int>, Range<Int>)] = []
        for group in bySpot.values where group.count > 1 {
            for (index, one) in group.enumerated() {
                for other in group[(index + 1)...]
                where devices(of: one, other).count == 2 && areConcurrent(one, other) {
                    pairs.append((one, other))
                }
            }
        }
        return pairs
    }

    /// Insertions into something that another device has deleted: their author had
    /// a character on either side, and it has deleted both; or it has deleted one and put nothing
    /// there, and what was inserted belonged to that.
    func writtenIntoDeleted() throws(TextFailure) -> [Place] {
        var base = self.base
        var places: [Place] = []
        for events in insertions {
            guard let leftOrigin = spot(of: events) else { continue }
            let left = concurrentDeletions(of: leftOrigin, with: events)
            let behind = goneNeighbour(behind: events)
            let right = behind.map { concurrentDeletions(of: $0, with: events) } ?? []
            guard !left.isEmpty || !right.isEmpty else { continue }
            for device in Set((left + right).map(\.device)) {
                let one = left.first { $0.device == device }
                let other = right.first { $0.device == device }
                if let one, other == nil {
                    guard try isTorn(events, from: leftOrigin, deletedBy: one, &base) else {
                        continue
                    }
                } else if let other, one == nil {
                    guard try isTorn(events, deletedBy: other, &base) else { continue }
                }
                let deleting = [
                    one?.event(deleting: leftOrigin),
                    behind.flatMap { other?.event(deleting: $0) },
                ]
                let met = [events] + deleting.compactMap { $0.map { $0..<$0 + 1 } }
                if isTakenBack(events, before: met.dropFirst()) { continue }
                places.append(
                    place(of: events, met, [graph.id(of: events.lowerBound).device, device]))
            }
        }
        return places
    }

    /// Whether all that was inserted was deleted again by those who had not seen some of these
    /// events, so that there was nothing to meet.
    func isTakenBack(_ insertion: Range<Int>, before events: ArraySlice<Range<Int>>) -> Bool {
        let unaware = deletions.filter { deletion in
            deletion.targets.overlaps(insertion)
                && !events.allSatisfy { hasSeen([$0.lowerBound], deletion.events.lowerBound) }
        }
        let gone = unaware.map { $0.targets.clamped(to: insertion) }.united
        return gone.gaps(in: insertion).isEmpty
    }

    /// Whether an insertion is torn from the line or the sentence behind a character of which it was
    /// written. It is not if it begins a line of its own, or if whole lines or whole sentences of one
    /// line were taken out before it.
    private func isTorn(
        _ events: Range<Int>, from leftOrigin: Int, deletedBy deletion: Deletion,
        _ base: inout TextBeforeBranches
    ) throws(TextFailure) -> Bool {
        if deletion.isRewritten || text(of: events).first?.endsLine ?? true { return false }
        let deleted = try base.text(of: deletion.targets.lowerBound..<leftOrigin + 1, in: self)
        let piece = pieces(before: deletion.targets.lowerBound).first { _ in true }
        var before: Unicode.Scalar?
        if let piece { before = try base.scalar(piece.ids.upperBound - 1, in: self) }
        guard let last = deleted.last else { return false }
        if last.endsLine { return !(before?.endsLine ?? true) }
        return !last.endsUnit || !(before?.endsUnit ?? true)
            || deleted.contains { $0.endsLine }
    }

    /// Whether an insertion is torn from what stood behind it, because it does not end with the end
    /// of a line or a sentence.
    private func isTorn(
        _ events: Range<Int>, deletedBy deletion: Deletion, _ base: inout TextBeforeBranches
    ) throws(TextFailure) -> Bool {
        let last = text(of: events).last { !$0.properties.isWhitespace || $0.endsLine }
        if deletion.isRewritten || last?.endsUnit ?? true { return false }
        return try base.text(of: deletion.targets, in: self)
            .contains { !$0.properties.isWhitespace }
    }

    /// The character that the author of an insertion had behind it, if it is gone now.
    private func goneNeighbour(behind events: Range<Int>) -> Int? {
        func wasSeen(_ event: Int) -> Bool { hasSeen([event], events.lowerBound) }
        for piece in pieces(behind: events.upperBound - 1) {
            let id = piece.ids.lowerBound
            if piece.isDeleted {
                let wasThere =
                    !deletions(of: id).contains { wasSeen($0.event(deleting: id)) }
                    && (!piece.isInserted || wasSeen(id))
                if wasThere { return id }
            } else if !piece.isInserted || wasSeen(id) {
                return nil
            }
        }
        return nil
    }

    private func concurrentDeletions(of id: Int, with events: Range<Int>) -> [Deletion] {
        guard id != TextTracker.start else { return [] }
        let device = graph.id(of: events.lowerBound).device
        return deletions(of: id).filter { deletion in
            let event = deletion.event(deleting: id)
            return deletion.device != device && areConcurrent(events, event..<event + 1)
        }
    }

    /// What insertions put in.
    func text(of events: Range<Int>) -> [Unicode.Scalar] {
        history.operations.pieces(of: events).flatMap { run in
            Array(String(decoding: history.operations.text(of: run), as: UTF8.self).unicodeScalars)
        }
    }
}

extension Unicode.Scalar {
    /// Whether a line ends with it: the mandatory breaks of Unicode (UAX #14, classes BK, CR, LF
    /// and NL).
    var endsLine: Bool {
        switch self {
        case "\u{0A}"..."\u{0D}", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    /// Whether a line or a sentence ends with it.
    fileprivate var endsUnit: Bool {
        endsLine || properties.isSentenceTerminal
    }
}
