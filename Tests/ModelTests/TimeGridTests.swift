import Model
import TestSupport
import Testing

@Suite struct TimeGridTests {
    private let quantum = TimeGrid.quantumMilliseconds

    @Test func gridIsFiveMinutes() {
        #expect(quantum == 300_000)
        #expect(TimeGrid.contains(milliseconds: 0))
        #expect(TimeGrid.contains(milliseconds: -300_000))
        #expect(!TimeGrid.contains(milliseconds: 299_999))
        #expect(!TimeGrid.contains(milliseconds: -1))
    }

    @Test func slotOccupiesItsQuanta() {
        #expect(TimeGrid.quanta(startMilliseconds: 0, minutes: 30) == 0..<6)
        #expect(TimeGrid.quanta(startMilliseconds: quantum * 7, minutes: 5) == 7..<8)
        #expect(TimeGrid.quanta(startMilliseconds: -quantum, minutes: 10) == -1..<1)
        #expect(TimeGrid.quanta(startMilliseconds: -quantum * 3, minutes: 15) == -3..<0)
    }

    @Test func timeOffTheGridOccupiesWhatItTouches() {
        #expect(TimeGrid.quanta(startMilliseconds: 1, minutes: 5) == 0..<2)
        #expect(TimeGrid.quanta(startMilliseconds: 60_000, minutes: 4) == 0..<1)
        #expect(TimeGrid.quanta(startMilliseconds: -1, minutes: 1) == -1..<1)
        #expect(TimeGrid.quanta(startMilliseconds: -299_999, minutes: 4) == -1..<0)
        #expect(TimeGrid.quanta(startMilliseconds: -300_001, minutes: 5) == -2..<0)
    }

    @Test func noLengthOccupiesNothing() {
        for minutes: Int64 in [0, -1, .min] {
            #expect(TimeGrid.quanta(startMilliseconds: -1, minutes: minutes).isEmpty)
        }
    }

    @Test func extremesAreHarmless() {
        for start: Int64 in [.min, .max] {
            for minutes: Int64 in [.min, 0, 1, .max] {
                #expect(TimeGrid.quanta(startMilliseconds: start, minutes: minutes).count <= 289)
            }
        }
    }

    /// Two times overlap exactly if they share a quantum, as far as the grid is fine enough.
    @Test(arguments: Seed.samples(64))
    func slotsOnTheGridShareAQuantumExactlyIfTheyOverlap(seed: Seed) {
        var seed = seed
        for _ in 0..<50 {
            let starts = (0..<2).map { _ in Int64(seed.below(60) - 30) * quantum }
            let minutes = (0..<2).map { _ in Int64(5 * (1 + seed.below(12))) }
            let quanta = (0..<2).map {
                TimeGrid.quanta(startMilliseconds: starts[$0], minutes: minutes[$0])
            }
            let ends = (0..<2).map { starts[$0] + minutes[$0] * 60_000 }
            let doOverlap = starts[0] < ends[1] && starts[1] < ends[0]
            #expect(quanta[0].overlaps(quanta[1]) == doOverlap)
        }
    }

    @Test(arguments: Seed.samples(64))
    func anyTimeLiesWithinItsQuanta(seed: Seed) {
        var seed = seed
        for _ in 0..<50 {
            let start = Int64(seed.below(10_000_000) - 5_000_000)
            let minutes = Int64(1 + seed.below(200))
            let quanta = TimeGrid.quanta(startMilliseconds: start, minutes: minutes)
            let end = start + minutes * 60_000
            #expect(quanta.lowerBound * quantum <= start)
            #expect((quanta.lowerBound + 1) * quantum > start)
            #expect(quanta.upperBound * quantum >= end)
            #expect((quanta.upperBound - 1) * quantum < end)
        }
    }
}
