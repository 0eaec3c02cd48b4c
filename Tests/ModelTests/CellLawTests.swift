import Model
import Testing
import TestSupport

/// The laws of one cell, over every history of up to four changes by up to three devices.
///
/// What the merge relies on: positions of one device in a scope rise with its numbers (changes of
/// one batch share one), and a context's position lies before the position of its change. Both are
/// the hub's to ensure. Nothing is assumed of *seen beyond*, so lies are part of the space.
@Suite struct CellLawTests {
    /// A history: changes in the hub's order.
    typealias History = [PlacedChange]

    /// Which device makes which change, without those that differ in the devices' names only.
    static let authors: [[Int]] = (1...4).flatMap { count in
        (0..<count).reduce([[]]) { lists, _ in
            lists.flatMap { list in (0...min((list.max() ?? -1) + 1, 2)).map { list + [$0] } }
        }
    }

    /// Adding any change to what any subset of the history makes gives what the larger subset
    /// makes, whether it was in already or not. By induction every order of arrival, with any
    /// repetition, ends in the cell that the definition gives.
    @Test(arguments: authors)
    func anyOrderAndAnyRepetitionGiveTheCellOfTheDefinition(authors: [Int]) {
        let key = Cell.Key(field: FieldID(1), kind: .register)
        var count = 0
        Self.forEachHistory(of: authors) { history in
            count += 1
            let cells = (0..<1 << history.count).map { subset in
                NaiveRecord.cell(
                    key, history.indices.filter { subset >> $0 & 1 == 1 }.map { history[$0] })
            }
            for subset in cells.indices {
                for index in history.indices {
                    var cell = cells[subset]
                    let change = history[index]
                    cell.apply(
                        Head(
                            device: change.device, number: change.number, position: change.position,
                            time: change.time, value: change.change.cell.value,
                            context: nil), context: change.context)
                    if cell != cells[subset | 1 << index] {
                        Issue.record("\(history) \(subset) \(index)")
                        return
                    }
                }
            }
        }
        #expect(count > 0)
    }

    /// Calls back with every history of these authors: changes of one device that follow each
    /// other share a batch or not, contexts end anywhere before the change, and each may name any
    /// change of any other device as seen beyond.
    static func forEachHistory(of authors: [Int], _ body: (History) -> Void) {
        let devices = [1, 2, 3].map { DeviceID(rawValue: $0) }
        func extend(_ history: History) {
            guard history.count < authors.count else { return body(history) }
            let device = devices[authors[history.count]]
            let number = UInt64(history.count { $0.device == device } + 1)
            let last = history.last
            let lastPosition = last?.position?.number ?? 0
            let positions =
                last?.device == device ? [lastPosition, lastPosition + 1] : [lastPosition + 1]
            for position in positions {
                let ownBatch = last.map { $0.position?.number == position } ?? false
                // Changes of one batch have one context.
                let contexts: [Context] =
                    if ownBatch, let last { [last.context] } else {
                        (0..<position).flatMap { seen in
                            let position = Position(epoch: 0, number: seen)
                            return [Context(position: position)]
                                + Self.beyonds(devices, device, authors).map {
                                    Context(position: position, beyond: [$0])
                                }
                        }
                    }
                for context in contexts {
                    extend(
                        history + [
                            PlacedChange(
                                change: Change(
                                    record: RecordID(device: devices[0], counter: 1),
                                    entity: EntityID(1), field: FieldID(1),
                                    operation: .set(.integer(Int64(history.count)))),
                                device: device, number: number, context: context,
                                position: Position(epoch: 0, number: position),
                                time: EffectiveTime(milliseconds: 0))
                        ])
                }
            }
        }
        extend([])
    }

    private static func beyonds(
        _ devices: [DeviceID], _ own: DeviceID, _ authors: [Int]
    ) -> [DeviceNumber] {
        devices.indices.flatMap { index in
            devices[index] == own
                ? []
                : (0..<authors.count { $0 == index }).map {
                    DeviceNumber(device: devices[index], number: UInt64($0 + 1))
                }
        }
    }

    // MARK: Contexts

    @Test(arguments: Seed.samples(64))
    func joiningContextsIsALattice(seed: Seed) {
        var seed = seed
        let devices = (0..<3).map { _ in seed.device() }
        func context() -> Context {
            Context(
                position: Position(epoch: UInt32(seed.below(3)), number: UInt64(seed.below(4))),
                beyond: (0..<seed.below(4)).map { _ in
                    DeviceNumber(device: seed.pick(devices), number: UInt64(seed.below(5)))
                })
        }
        func joined(_ left: Context, _ right: Context) -> Context {
            var left = left
            left.join(right)
            return left
        }
        let (a, b, c) = (context(), context(), context())
        #expect(joined(a, b) == joined(b, a))
        #expect(joined(joined(a, b), c) == joined(a, joined(b, c)))
        #expect(joined(a, a) == a)
        #expect(joined(a, .empty) == a)
        for device in devices {
            for number in UInt64(0)..<6 {
                for position in [nil, Position(epoch: 1, number: 2), Position(epoch: 2, number: 0)]
                {
                    let isIn = { (context: Context) in
                        context.contains(device: device, number: number, position: position)
                    }
                    #expect(isIn(joined(a, b)) == (isIn(a) || isIn(b)))
                }
            }
        }
    }

    @Test func earlierEpochsLieBeforeAllOfLaterOnes() {
        let context = Context(position: Position(epoch: 2, number: 1))
        let device = DeviceID(rawValue: 1)
        #expect(
            context.contains(device: device, number: 1, position: Position(epoch: 1, number: .max)))
        #expect(
            !context.contains(device: device, number: 1, position: Position(epoch: 2, number: 2)))
        #expect(!context.contains(device: device, number: 1, position: nil))
    }
}
