import Model
import TestSupport
import Testing

/// How a section's changes get what merging needs.
@Suite struct PlacingTests {
    private let author = DeviceID(rawValue: 1)
    private let other = DeviceID(rawValue: 2)

    private func change(_ counter: UInt64) -> Change {
        Change(
            record: RecordID(device: author, counter: counter), entity: Schema.task.id,
            field: .life, operation: .create)
    }

    private func section(firstNumber: UInt64, beyond: [DeviceNumber] = []) -> Section {
        Section(
            scope: .programme, firstNumber: firstNumber, beyond: beyond,
            changeSets: [
                ChangeSet(
                    ordinal: 3, action: 1, claimed: ClaimedTime(milliseconds: 10),
                    changes: [change(1), change(2)]),
                ChangeSet(
                    ordinal: 5, action: 2, claimed: ClaimedTime(milliseconds: 20),
                    changes: [change(3)]),
            ])
    }

    @Test func changesAreNumberedOnOverAllSets() {
        let seen = Position(epoch: 1, number: 4)
        let released = Position(epoch: 1, number: 9)
        let beyond = DeviceNumber(device: other, number: 7)
        let placed = section(firstNumber: 40, beyond: [beyond]).placed(
            device: author, contextPosition: seen, position: released,
            times: [EffectiveTime(milliseconds: 1), EffectiveTime(milliseconds: 2)])
        #expect(placed.map { $0.map(\.number) } == [[40, 41], [42]])
        #expect(placed.map { $0.map(\.time.milliseconds) } == [[1, 1], [2]])
        #expect(placed.joined().map(\.change.record.counter) == [1, 2, 3])
        for change in placed.joined() {
            #expect(change.device == author)
            #expect(change.position == released)
            #expect(change.context == Context(position: seen, beyond: [beyond]))
        }
    }

    @Test func unadmittedChangesHaveTheirClaimedTimes() {
        let placed = section(firstNumber: 1).placed(
            device: author, contextPosition: .start, position: nil)
        #expect(placed.map { $0.map(\.time.milliseconds) } == [[10, 10], [20]])
        #expect(placed.joined().allSatisfy { $0.position == nil })
    }

    @Test func lastNumberMayBeTheLargest() {
        let section = section(firstNumber: .max - 2)
        #expect(section.lastNumber == .max)
        let placed = section.placed(device: author, contextPosition: .start, position: nil)
        #expect(placed.last?.last?.number == .max)
    }

    /// A device that claims to have seen its own future would make its own values vanish.
    @Test func authorsOwnDeviceIsLeftOutOfWhatItHasSeen() {
        let own = DeviceNumber(device: author, number: .max)
        let placed = section(firstNumber: 1, beyond: [own]).placed(
            device: author, contextPosition: .start, position: Position(epoch: 1, number: 1))
        var state = RecordState(entity: Schema.task.id)
        state.admit(placed[0][0])
        #expect(placed[0][0].context == .empty)
        #expect(state.cells.first?.heads.count == 1)
    }

    @Test func refusalOfAllStandsForEverySet() {
        let refusals = [
            SectionAdmission.Refusal(ordinal: 3, reason: .notAllowed),
            SectionAdmission.Refusal(ordinal: 5, reason: .wrongScope),
        ]
        let some = SectionAdmission(section: .zero, floor: .earliest, refusals: refusals)
        #expect(some.refusal(ofOrdinal: 3) == .notAllowed)
        #expect(some.refusal(ofOrdinal: 5) == .wrongScope)
        #expect(some.refusal(ofOrdinal: 4) == nil)
        let all = SectionAdmission(
            section: .zero, floor: .earliest,
            refusals: [.init(ordinal: SectionAdmission.allOrdinals, reason: .malformed)])
        #expect(all.refusal(ofOrdinal: 0) == .malformed)
        #expect(all.refusal(ofOrdinal: 77) == .malformed)
    }

    /// As many as a section may have, in any order.
    @Test(.timeLimit(.minutes(10))) func manyRefusalsAreFoundQuickly() {
        let refused = (0..<UInt32(Limits.sectionChangesMax)).map { 2 * $0 }
        let decision = SectionAdmission(
            section: .zero, floor: .earliest,
            refusals: refused.reversed().map { .init(ordinal: $0, reason: .notAllowed) })
        // One after the other they would take half an hour.
        for _ in 0..<100 {
            #expect(
                refused.allSatisfy {
                    decision.refusal(ofOrdinal: $0) == .notAllowed
                        && decision.refusal(ofOrdinal: $0 + 1) == nil
                })
        }
    }

    /// An unknown operation is kept among the unadmitted, in a cell that shows nothing.
    @Test func operationsOfALaterVersionAreCarriedAndNotApplied() throws {
        let later = PlacedChange(
            change: Change(
                record: RecordID(device: author, counter: 1), entity: Schema.task.id,
                field: FieldID(2), operation: .opaque(code: 127, operand: [1, 2])),
            device: author, number: 1, context: .empty, position: nil, time: .earliest)
        var state = RecordState(entity: Schema.task.id)
        state.overlay(later)
        #expect(state.overlaidCells.map(\.key.kind) == [.unread])
        let view = RecordView(of: state, isQuiet: { _ in false }, member: { _ in nil })
        #expect(view.values.isEmpty && view.conflicts.isEmpty)
        let stored = state.storedBytes(of: later.change.record) { _, _ in false }
        let read = try RecordState(storedBytes: stored, record: later.change.record) { _ in .null }
        #expect(read.tentative == [later])
        #expect(!read.isEmpty && !read.hasAdmitted)
    }
}
