import Model
import Testing

/// The JSON of `protocol/vectors` that this module reads.
enum Vectors {
    struct Identifiers: Decodable {
        struct Record: Decodable, Sendable {
            let device: String
            let counter: UInt64
            let bytes: String
        }
        struct Scope: Decodable, Sendable {
            let kind: String
            let members: [String]
            let bytes: String
        }
        struct Number: Decodable, Sendable {
            let number: String
            let bytes: String
        }
        struct EncodedValue: Decodable, Sendable {
            let value: Value
            let bytes: String
        }
        struct Refused: Decodable, Sendable {
            let name: String
            let bytes: String
        }

        let records: [Record]
        let scopes: [Scope]
        let refusedScopes: [Refused]
        let varints: [Number]
        let refusedVarints: [Refused]
        let zigzags: [Number]
        let values: [EncodedValue]
        let refusedValues: [Refused]
    }

    struct Merges: Decodable {
        struct Conflict: Decodable, Sendable {
            let field: UInt32
            let kind: String
            let heads: [Seen]
        }
        struct Merge: Decodable, Sendable, CustomTestStringConvertible {
            let name: String
            let entity: UInt32
            let changes: [PlacedChange]
            let life: String
            let values: [String: Value]
            let conflicts: [Conflict]
            let canonical: String
            var testDescription: String { name }
        }

        let members: [String: String]
        let record: Record
        let merges: [Merge]
    }

    struct Record: Decodable, Sendable {
        let device: String
        let counter: UInt64
    }

    struct Place: Decodable, Sendable {
        let epoch: UInt32
        let number: UInt64
        var position: Position { Position(epoch: epoch, number: number) }
    }

    struct Seen: Decodable, Sendable {
        let device: String
        let number: UInt64

        func deviceNumber() throws -> DeviceNumber {
            DeviceNumber(device: try #require(DeviceID(text: device)), number: number)
        }
    }

    struct PlacedChange: Decodable, Sendable {
        let author: String
        let number: UInt64
        let seen: Place
        let seenBeyond: [Seen]
        let position: Place?
        let time: Int64
        let change: Change

        func placed(record: RecordID, entity: EntityID) throws -> Model.PlacedChange {
            Model.PlacedChange(
                change: try change.change(record: record, entity: entity),
                device: try #require(DeviceID(text: author)), number: number,
                context: Context(
                    position: seen.position, beyond: try seenBeyond.map { try $0.deviceNumber() }),
                position: position?.position, time: EffectiveTime(milliseconds: time))
        }
    }

    struct Change: Decodable, Sendable {
        let field: UInt32
        let operation: String
        let value: Value?
        let amount: Int64?
        let operand: String?

        func change(record: RecordID, entity: EntityID) throws -> Model.Change {
            Model.Change(
                record: record, entity: entity, field: FieldID(field),
                operation: try changeOperation())
        }

        private func changeOperation() throws -> Model.Change.Operation {
            switch operation {
            case "create": .create
            case "delete": .delete
            case "restore": .restore
            case "leave": .leave
            case "erase": .erase
            case "set": .set(try #require(value).value())
            case "add": .add(try #require(value).value())
            case "remove": .remove(try #require(value).value())
            case "splice": .splice(try #require(operand.flatMap { [UInt8](hexadecimal: $0) }))
            default: .contribute(try #require(amount))
            }
        }
    }

    indirect enum Value: Decodable, Sendable {
        case null
        case text(String)
        case integer(Int64)
        case bytes(String)
        case reference(String)
        case list([Value])

        private enum CodingKeys: String, CodingKey {
            case text, integer, bytes, reference, list
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let text = try container.decodeIfPresent(String.self, forKey: .text) {
                self = .text(text)
            } else if let number = try container.decodeIfPresent(Int64.self, forKey: .integer) {
                self = .integer(number)
            } else if let bytes = try container.decodeIfPresent(String.self, forKey: .bytes) {
                self = .bytes(bytes)
            } else if let id = try container.decodeIfPresent(String.self, forKey: .reference) {
                self = .reference(id)
            } else if let items = try container.decodeIfPresent([Value].self, forKey: .list) {
                self = .list(items)
            } else {
                self = .null
            }
        }

        func value() throws -> Model.Value {
            switch self {
            case .null: .null
            case .text(let text): .text(text)
            case .integer(let number): .integer(number)
            case .bytes(let bytes): .bytes(try #require([UInt8](hexadecimal: bytes)))
            case .reference(let id): .reference(try #require(RecordID(text: id)))
            case .list(let items): .list(try items.map { try $0.value() })
            }
        }
    }
}
