import Cryptography
import Model
import Testing
import Wire

extension [UInt8] {
    init(hex text: String) throws {
        self = try #require(Hexadecimal.decode(text), "Vectors hold hexadecimal digits.")
    }
}

extension Digest {
    init(hex text: String) throws {
        self = try #require(Digest(bytes: [UInt8](hex: text)))
    }
}

extension Vectors.Seen {
    func deviceNumber() throws -> DeviceNumber {
        DeviceNumber(device: try #require(DeviceID(text: device)), number: number)
    }
}

extension Vectors.Value {
    func value() throws -> Value {
        switch self {
        case .null: .null
        case .text(let text): .text(text)
        case .integer(let number): .integer(number)
        case .bytes(let bytes): .bytes(try [UInt8](hex: bytes))
        case .reference(let id): .reference(try #require(RecordID(text: id)))
        case .list(let items): .list(try items.map { try $0.value() })
        }
    }
}

extension Vectors.Change {
    func change() throws -> Change {
        Change(
            record: RecordID(device: try #require(DeviceID(text: device)), counter: counter),
            entity: EntityID(entity), field: FieldID(field), operation: try changeOperation())
    }

    private func changeOperation() throws -> Change.Operation {
        switch operation {
        case "create": .create
        case "delete": .delete
        case "restore": .restore
        case "leave": .leave
        case "set": .set(try #require(value).value())
        case "add": .add(try #require(value).value())
        case "remove": .remove(try #require(value).value())
        case "contribute": .contribute(try #require(amount))
        case "splice": .splice(try [UInt8](hex: try #require(operand)))
        default:
            .opaque(
                code: try #require(code), operand: try operand.map { try [UInt8](hex: $0) } ?? [])
        }
    }
}

extension Vectors.Section {
    func section() throws -> Section {
        Section(
            scope: try #require(Scope(bytes: [UInt8](hex: scope))), firstNumber: firstNumber,
            beyond: try beyond.map { try $0.deviceNumber() },
            changeSets: try changeSets.map { set in
                ChangeSet(
                    ordinal: set.ordinal, action: set.action,
                    claimed: ClaimedTime(milliseconds: set.claimed),
                    changes: try set.changes.map { try $0.change() })
            })
    }
}

extension Vectors.PlacedChange {
    func placed() throws -> PlacedChange {
        PlacedChange(
            change: try change.change(), device: try #require(DeviceID(text: author)),
            number: number,
            context: Context(
                position: seen.position, beyond: try seenBeyond.map { try $0.deviceNumber() }),
            position: position.position, time: EffectiveTime(milliseconds: time))
    }
}
