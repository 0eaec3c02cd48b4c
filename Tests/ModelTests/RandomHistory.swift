import Model
import TestSupport

/// A random history of one record, made the way devices and hub make one: devices write, sync,
/// and hand each other bundles; the hub admits and refuses.
struct RandomHistory {
    static let record = RecordID(device: DeviceID(rawValue: 1), counter: 1)
    static let entity = EntityID(900)
    /// Registers, a set, a sum; field 5 gets operations of a later version.
    static let registers = [FieldID(1), FieldID(2)]
    static let quiet = FieldID(2)
    static let set = FieldID(3)
    static let sum = FieldID(4)
    static let unread = FieldID(5)

    private struct Laptop {
        let device: DeviceID
        var position = Position.start
        var beyond: [DeviceID: UInt64] = [:]
        var lastNumber: UInt64 = 0
        var unsent: [PlacedChange] = []

        var context: Context {
            Context(
                position: position,
                beyond: beyond.map { DeviceNumber(device: $0.key, number: $0.value) })
        }
    }

    /// Admitted changes in the hub's order.
    private(set) var admitted: [PlacedChange] = []
    /// Changes that the hub has not decided on.
    private(set) var tentative: [PlacedChange] = []
    /// Changes that the hub refused.
    private(set) var refused: [PlacedChange] = []
    let devices: [DeviceID]
    /// Two devices of each member.
    let members: [DeviceID: MemberID]

    init(_ seed: inout Seed, steps: Int, devices deviceCount: Int = 4) {
        // The device that made the record is one of them.
        var names: Set<DeviceID> = [Self.record.device]
        while names.count < deviceCount { names.insert(DeviceID(rawValue: UInt64(seed.below(99)))) }
        devices = names.sorted()
        let people = (0..<(deviceCount + 1) / 2).map { _ in seed.member() }
        members = Dictionary(
            uniqueKeysWithValues: devices.enumerated().map { ($1, people[$0 / 2]) })
        var laptops = devices.map { Laptop(device: $0) }
        var hub = Position(epoch: 1, number: 0)
        for step in 0..<steps {
            let index = seed.below(laptops.count)
            switch seed.below(6) {
            case 0, 1, 2:
                let count = 1 + seed.below(4)
                for _ in 0..<count {
                    laptops[index].lastNumber += 1
                    laptops[index].unsent.append(
                        PlacedChange(
                            change: Self.change(&seed, isFirst: step < 3),
                            device: laptops[index].device,
                            number: laptops[index].lastNumber, context: laptops[index].context,
                            position: nil, time: EffectiveTime(milliseconds: Int64(seed.below(9)))))
                }
            case 3:
                let other = seed.below(laptops.count)
                guard other != index, let last = laptops[other].unsent.last else { continue }
                laptops[index].beyond[laptops[other].device] = last.number
            default:
                if !laptops[index].unsent.isEmpty {
                    if seed.oneIn(20) { hub = Position(epoch: hub.epoch + 1, number: 0) }
                    hub = Position(epoch: hub.epoch, number: hub.number + 1)
                    for change in laptops[index].unsent {
                        if seed.oneIn(6) {
                            refused.append(change)
                        } else {
                            admitted.append(change.placed(at: hub, seed.below(9)))
                        }
                    }
                    laptops[index].unsent = []
                }
                laptops[index].position = hub
                // Numbers that have come by admission since may stand there still or not.
                if seed.oneIn(2) { laptops[index].beyond = [:] }
            }
        }
        tentative = laptops.flatMap(\.unsent)
    }

    private static func change(_ seed: inout Seed, isFirst: Bool) -> Change {
        let (field, operation): (FieldID, Change.Operation) =
            switch seed.below(isFirst ? 3 : 16) {
            case 0: (.life, .create)
            case 1, 2, 3, 4: (seed.pick(registers), .set(.integer(Int64(seed.below(4)))))
            case 5: (seed.pick(registers), .set(seed.value()))
            case 6: (.life, .delete)
            case 7: (.life, .restore)
            case 8: (.life, seed.oneIn(3) ? .leave : .delete)
            case 9, 10: (set, .add(.text(seed.pick(["a", "b", "long"]))))
            case 11, 12: (set, .remove(.text(seed.pick(["a", "b", "long"]))))
            case 13: (sum, .contribute(seed.integer()))
            case 14: (set, .add(seed.value()))
            default: (unread, .opaque(code: Change.Operation.sealedCode, operand: seed.bytes(3)))
            }
        return Change(record: record, entity: entity, field: field, operation: operation)
    }

    func isQuiet(_ field: FieldID) -> Bool { field == Self.quiet }

    func view(of state: RecordState) -> RecordView {
        RecordView(of: state, isQuiet: isQuiet, member: { members[$0] })
    }
}

extension PlacedChange {
    /// The change as the hub admitted it.
    func placed(at position: Position, _ milliseconds: Int) -> PlacedChange {
        PlacedChange(
            change: change, device: device, number: number, context: context, position: position,
            time: EffectiveTime(milliseconds: Int64(milliseconds)))
    }
}

extension RecordState {
    init(admitting changes: some Sequence<PlacedChange>, overlaying others: [PlacedChange] = []) {
        self.init(entity: RandomHistory.entity)
        for change in changes { admit(change) }
        for change in others { overlay(change) }
    }
}
