import Model
import TestSupport
import Testing

/// The laws of a record's state on random histories.
@Suite struct RecordLawTests {
    @Test(arguments: Seed.samples(64))
    func orderAndRepetitionOfAdmittedChangesDoNotMatter(seed: Seed) {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            let state = RecordState(admitting: history.admitted)
            let repeated = history.admitted + history.admitted.filter { _ in seed.oneIn(3) }
            let other = RecordState(admitting: repeated.shuffled(using: &seed))
            #expect(other == state)
            #expect(other.canonicalBytes == state.canonicalBytes)
            #expect(history.view(of: other) == history.view(of: state))
        }
    }

    @Test(arguments: Seed.samples(64))
    func stateIsWhatTheDefinitionSays(seed: Seed) {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            let state = RecordState(admitting: history.admitted)
            let naive = NaiveRecord(RandomHistory.entity, history.admitted)
            #expect(state.cells == naive.cells.values.sorted { $0.key < $1.key })
            #expect(state.creation == naive.creation)
            #expect(history.view(of: state).life == naive.life)
        }
    }

    @Test(arguments: Seed.samples(64))
    func unadmittedChangesLieOverTheOthersInAnyOrder(seed: Seed) {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            let state = RecordState(
                admitting: history.admitted.shuffled(using: &seed), overlaying: history.tentative)
            let naive = NaiveRecord(RandomHistory.entity, history.admitted + history.tentative)
            #expect(state.overlaidCells == naive.cells.values.sorted { $0.key < $1.key })
            #expect(history.view(of: state).life == naive.life)
            // Admitted cells and hash know nothing of them.
            let bare = RecordState(admitting: history.admitted)
            #expect(state.cells == bare.cells)
            #expect(state.canonicalBytes == bare.canonicalBytes)
            var other = RecordState(entity: RandomHistory.entity)
            let mixed = (history.admitted + history.tentative + history.tentative)
            for change in mixed.shuffled(using: &seed) {
                if change.position == nil { other.overlay(change) } else { other.admit(change) }
            }
            #expect(other == state)
        }
    }

    /// Records that were written once are shown without merging; they look as if they were merged.
    @Test(arguments: Seed.samples(64))
    func recordThatWasWrittenOnceLooksAsIfItWereMerged(seed: Seed) {
        var seed = seed
        for _ in 0..<20 {
            var changes: [PlacedChange] = []
            var field: UInt32 = seed.oneIn(4) ? 1 : 0
            for number in 1...UInt64(1 + seed.below(6)) {
                let operation: Change.Operation =
                    field == 0
                    ? seed.pick([.create, .create, .restore, .set(.integer(1))])
                    : seed.oneIn(8) ? .contribute(2) : .set(seed.value())
                let device = DeviceID(rawValue: seed.oneIn(12) ? 2 : 1)
                let beyond = DeviceNumber(device: device, number: seed.oneIn(2) ? 99 : 0)
                changes.append(
                    PlacedChange(
                        change: Change(
                            record: RandomHistory.record, entity: RandomHistory.entity,
                            field: FieldID(field), operation: operation),
                        device: device, number: number,
                        context: Context(
                            position: Position(epoch: 1, number: seed.oneIn(12) ? 1 : 2),
                            beyond: seed.oneIn(12) ? [beyond] : []),
                        position: nil, time: EffectiveTime(milliseconds: Int64(seed.below(9)))))
                field += seed.oneIn(8) ? 0 : UInt32(1 + seed.below(2))
            }
            let state = RecordState(admitting: [], overlaying: changes)
            let merged = RecordState(entity: state.entity, cells: state.overlaidCells)
            let history = RandomHistory(&seed, steps: 0)
            #expect(history.view(of: state) == history.view(of: merged))
        }
    }

    @Test(arguments: Seed.samples(64))
    func refusalShowsAgainWhatTheChangeHid(seed: Seed) {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            let before = RecordState(admitting: history.admitted, overlaying: history.tentative)
            var state = before
            for change in history.refused { state.overlay(change) }
            for change in history.refused.shuffled(using: &seed) {
                state.withdraw(device: change.device, numbers: change.number...change.number)
            }
            #expect(state == before)
        }
    }

    @Test(arguments: Seed.samples(64))
    func admissionMovesAChangeOver(seed: Seed) {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            // All of it was overlaid before any of it was admitted, as on a laptop that got
            // everything by bundle.
            var state = RecordState(entity: RandomHistory.entity)
            for change in history.admitted.shuffled(using: &seed) {
                state.overlay(
                    PlacedChange(
                        change: change.change, device: change.device, number: change.number,
                        context: change.context, position: nil, time: change.time))
            }
            for change in history.admitted {
                state.withdraw(device: change.device, numbers: change.number...change.number)
                state.admit(change)
            }
            #expect(state == RecordState(admitting: history.admitted))
        }
    }

    @Test(arguments: Seed.samples(64))
    func shownValuesAreTheFirstOfTheirConflicts(seed: Seed) throws {
        var seed = seed
        for _ in 0..<20 {
            let history = RandomHistory(&seed, steps: seed.below(60))
            let state = RecordState(admitting: history.admitted, overlaying: history.tentative)
            let view = history.view(of: state)
            for cell in state.overlaidCells where cell.key.field != .life {
                guard cell.key.kind == .register else { continue }
                let ordered = cell.heads.sorted { NaiveRecord.isShownAfter($1, $0) }
                #expect(view.values[cell.key.field] == ordered.first?.value)
                let conflict = view.conflicts.first { $0.field == cell.key.field }
                let isGone = view.life == .deleted || view.life == .left
                let values = rivals(ordered, history, cell.key.field).map(\.value)
                #expect(
                    conflict?.heads.map(\.value) == (values.count > 1 && !isGone ? values : nil))
            }
        }
    }

    /// Distinct values, in a quiet field of each member's latest head only.
    private func rivals(_ ordered: [Head], _ history: RandomHistory, _ field: FieldID) -> [Head] {
        let candidates = ordered.enumerated().filter { index, head in
            !history.isQuiet(field)
                || !ordered[..<index].contains {
                    history.members[$0.device] == history.members[head.device]
                }
        }.map(\.element)
        return candidates.enumerated().filter { index, head in
            !candidates[..<index].contains { $0.value == head.value }
        }.map(\.element)
    }
}
