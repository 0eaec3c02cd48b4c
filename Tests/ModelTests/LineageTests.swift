import Testing

@testable import Model

/// Epoch 1 reached 500 and went on in epoch 7 after 400; once epoch 7 was set back to 30, epoch 9
/// followed. Epoch 8 is one that branched off epoch 1 at 450 and is nobody's any more.
@Suite struct LineageTests {
    private let lineage = Lineage(branches: [
        7: Position(epoch: 1, number: 400), 8: Position(epoch: 1, number: 450),
        9: Position(epoch: 7, number: 30),
    ])

    private func at(_ epoch: UInt32, _ number: UInt64) -> Position {
        Position(epoch: epoch, number: number)
    }

    @Test func orderLeadsBackFromThePresentEpoch() {
        #expect(lineage.present == 9)
        #expect(lineage.epochs == [1, 7, 9])
        #expect(Lineage().epochs == [1])
    }

    @Test func placesAfterABranchAreLost() {
        for place in [.start, at(1, 1), at(1, 400), at(7, 30), at(9, 0), at(9, 99)] {
            #expect(lineage.holds(place))
        }
        for place in [at(1, 401), at(7, 31), at(8, 1), at(6, 1)] { #expect(!lineage.holds(place)) }
    }

    @Test func lostPlaceSharesWhatWasBeforeTheBranch() {
        #expect(lineage.lastShared(with: at(1, 450)) == at(1, 400))
        #expect(lineage.lastShared(with: at(7, 31)) == at(7, 30))
        #expect(lineage.lastShared(with: at(8, 5)) == at(1, 400))
        #expect(lineage.lastShared(with: at(6, 5)) == .start)
        #expect(lineage.lastShared(with: at(7, 5)) == at(7, 5))
    }

    @Test func whoHasComeToAPlaceHasPassedThoseOnTheWay() {
        #expect(lineage.isPassed(at(1, 420), at: at(1, 450)))
        #expect(!lineage.isPassed(at(1, 451), at: at(1, 450)))
        #expect(lineage.isPassed(at(1, 420), at: at(8, 1)))
        #expect(!lineage.isPassed(at(1, 460), at: at(8, 1)))
        #expect(!lineage.isPassed(at(1, 420), at: at(7, 1)))
        #expect(!lineage.isPassed(at(8, 1), at: at(1, 450)))
    }

    @Test func branchThatLeadsForwardIsIgnored() {
        #expect(Lineage(branches: [7: Position(epoch: 7, number: 1)]).present == 1)
    }
}

@Suite struct VerdictLineTests {
    private let request = RecordID(device: DeviceID(rawValue: 1), counter: 1)
    private let cancel = RecordID(device: DeviceID(rawValue: 1), counter: 2)

    private func standing(_ verdicts: (RecordID?, BookingState, Bool)...) -> Int? {
        VerdictLine.standing(
            verdicts.map { VerdictLine.Verdict(act: $0.0, state: $0.1, isEffective: $0.2) })
    }

    @Test func latestThatHadAnEffectTells() {
        #expect(standing() == nil)
        #expect(standing((request, .held, true)) == 0)
        #expect(standing((request, .held, true), (cancel, .cancelled, true)) == 1)
        #expect(standing((request, .confirmed, true), (cancel, .confirmed, false)) == 0)
        #expect(standing((request, .held, true), (nil, .refused, true)) == 1)
    }

    @Test func secondVerdictOnOneActTakesNothingAway() {
        #expect(standing((request, .confirmed, true), (request, .refused, true)) == 0)
        #expect(standing((request, .refused, true), (request, .confirmed, true)) == 1)
        #expect(standing((request, .confirmed, true), (nil, .refused, true)) == 0)
        #expect(
            standing(
                (request, .confirmed, true), (cancel, .cancelled, true),
                (request, .confirmed, true)) == 1)
    }
}
