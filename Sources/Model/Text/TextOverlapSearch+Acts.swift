/// What was done to a place by those who had seen all that is disputed about it. One such act
/// settles it. Acts of several devices that did not know of each other and that differ are a
/// dispute of their own: their outcome is something that nobody has chosen.
extension TextOverlapSearch {
    /// A deletion of words of the place, or something typed among them.
    private struct Act {
        let events: Range<Int>
        let device: DeviceID
        /// The words that it deletes; none if it types.
        let deleted: Range<Int>?
    }

    /// The place with what settles it taken into account.
    func judged(_ place: Place) -> Place {
        var place = place
        while true {
            let latest = latest(of: place.events)
            let seen = graph.events(of: latest)
            let words = words(of: place)
            let known = words.flatMap { seen.clamped(to: $0) }.united
            let isEmpty = known.allSatisfy { deleted(of: $0, by: seen).gaps(in: $0).isEmpty }
            let typed = typing(among: words, after: latest)
            let below = typed.filter { goesOn($0.events, below: place) }
            var acts = deletions(of: known, after: latest)
            acts += typed.filter { act in !below.contains { $0.events == act.events } }
            let actors = Set(acts.map(\.device))
            // Beside words that stand there somebody may have typed without a look at them.
            acts += (typing(at: place, after: latest) + below).filter { act in
                isEmpty || actors.contains(act.device)
            }
            guard !acts.isEmpty else { return place }
            let rivals = rivals(among: acts)
            guard !rivals.isEmpty else {
                place.isSettled = true
                return place
            }
            place.events += rivals.map(\.events) + rivals.flatMap(takenBack)
            place.hasRivalActs = true
            for act in rivals where act.deleted == nil { include(act.events, in: &place) }
        }
    }

    /// Findings that are nothing but acts on others are none of their own: what comes of them is
    /// judged with the place that they are acts on.
    func withoutActs(_ found: [Place]) -> [Place] {
        found.filter { finding in
            !found.contains { place in
                place.range.lowerBound <= finding.range.upperBound
                    && finding.range.lowerBound <= place.range.upperBound
                    && areActs(finding.events, on: place)
            }
        }
    }

    private func areActs(_ events: [Range<Int>], on place: Place) -> Bool {
        let latest = latest(of: place.events)
        guard events.allSatisfy({ hasSeen(latest, $0.lowerBound) }) else { return false }
        let words = words(of: place)
        return events.allSatisfy { events in
            let event = events.lowerBound
            let isInserted = !insertions(in: event..<event + 1).isEmpty
            if isInserted, goesOn(events, below: place) { return false }
            let id = isInserted ? leftOrigin(of: event) : tracker.target(of: event)
            return words.contains { $0.contains(id) }
        }
    }

    /// Whether an insertion begins a new line behind all that its author had at a place: to write
    /// on below a place is no act on it.
    private func goesOn(_ events: Range<Int>, below place: Place) -> Bool {
        guard text(of: events).first?.endsLine ?? false else { return false }
        let seen = graph.events(of: [events.lowerBound])
        let leftOrigin = leftOrigin(of: events.lowerBound)
        return pieces(of: place).allSatisfy { piece in
            guard piece.isInserted, tracker.isBefore(leftOrigin, piece.ids.upperBound - 1)
            else { return true }
            let behind = piece.ids.contains(leftOrigin) ? leftOrigin + 1 : piece.ids.lowerBound
            return seen.clamped(to: behind..<piece.ids.upperBound).allSatisfy { ids in
                ids.overlaps(events) || deleted(of: ids, by: seen).gaps(in: ids).isEmpty
            }
        }
    }

    /// The inserted characters that stand or stood at a place.
    private func words(of place: Place) -> [Range<Int>] {
        pieces(of: place).filter(\.isInserted).map(\.ids).united
    }

    private func deletions(of words: [Range<Int>], after latest: [Int]) -> [Act] {
        deletions.flatMap { deletion in
            words.clamped(to: deletion.targets).compactMap { part in
                let events = deletion.events(deleting: part)
                guard hasSeen(latest, events.lowerBound) else { return nil }
                return Act(events: events, device: deletion.device, deleted: part)
            }
        }
    }

    private func typing(among words: [Range<Int>], after latest: [Int]) -> [Act] {
        insertions.compactMap { events in
            let event = events.lowerBound
            guard hasSeen(latest, event) else { return nil }
            let leftOrigin = leftOrigin(of: event)
            guard words.contains(where: { $0.contains(leftOrigin) }) else { return nil }
            return Act(events: events, device: graph.id(of: event).device, deleted: nil)
        }
    }

    /// What was typed at the place and right before it.
    private func typing(at place: Place, after latest: [Int]) -> [Act] {
        func isTyped(_ piece: Piece) -> Bool {
            piece.isInserted && hasSeen(latest, piece.ids.lowerBound)
        }
        var typed = pieces(of: place).filter(isTyped)
        for piece in pieces(before: place.first) {
            if isTyped(piece) { typed.append(piece) } else if !piece.isDeleted { break }
        }
        return typed.map { piece in
            Act(
                events: piece.ids, device: graph.id(of: piece.ids.lowerBound).device, deleted: nil)
        }
    }

    /// The acts of those who had seen no act of another, if they differ; else none.
    private func rivals(among acts: [Act]) -> [Act] {
        var firsts: [DeviceID: Int] = [:]
        var byDevice: [DeviceID: [Act]] = [:]
        for act in acts.sorted(by: { $0.events.lowerBound < $1.events.lowerBound }) {
            let event = act.events.lowerBound
            let hasSeenAnother = firsts.contains { device, first in
                device != act.device && hasSeen([first], event)
            }
            if hasSeenAnother { continue }
            if firsts[act.device] == nil { firsts[act.device] = event }
            byDevice[act.device, default: []].append(act)
        }
        guard byDevice.count > 1 else { return [] }
        let outcomes = byDevice.values.map { acts in
            Outcome(deleted: acts.compactMap(\.deleted).united, typed: typed(by: acts))
        }
        let areAlike = outcomes.allSatisfy { $0 == outcomes[0] && $0.typed.isEmpty }
        return areAlike ? [] : byDevice.values.flatMap { $0 }
    }

    /// What acts of one device have made of a place.
    private struct Outcome: Equatable {
        let deleted: [Range<Int>]
        /// What was typed and not deleted again.
        let typed: [Range<Int>]
    }

    private func typed(by acts: [Act]) -> [Range<Int>] {
        acts.filter { $0.deleted == nil }.flatMap { act in
            let own = deletions.filter { $0.device == act.device }.map(\.events)
            return deleted(of: act.events, by: own.united).gaps(in: act.events)
        }
    }

    /// The events by which a device has deleted again what it typed.
    private func takenBack(by act: Act) -> [Range<Int>] {
        guard act.deleted == nil else { return [] }
        return deletions.filter { $0.device == act.device }.compactMap { deletion in
            let targets = deletion.targets.clamped(to: act.events)
            return targets.isEmpty ? nil : deletion.events(deleting: targets)
        }
    }

    private func include(_ events: Range<Int>, in place: inout Place) {
        if tracker.isBefore(events.lowerBound, place.first) { place.first = events.lowerBound }
        if tracker.isBefore(place.last, events.upperBound - 1) {
            place.last = events.upperBound - 1
        }
        place.range = range(from: place.first, to: place.last)
    }
}
