import Foundation
import Model

/// The files in `protocol/vectors` that concern this module. All bytes are hexadecimal.
enum Vectors {
    static func load<Content: Decodable>(_ name: String) throws -> Content {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "protocol/vectors/\(name).json")
        return try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
    }

    struct Refused: Codable {
        var name: String
        var bytes: String
        var reason: String
    }

    struct Place: Codable {
        var epoch: UInt32
        var number: UInt64

        var position: Position { Position(epoch: epoch, number: number) }
    }

    // MARK: sections.json

    struct Sections: Codable {
        var about: String
        var sections: [Section]
        var refused: [Refused]
    }

    struct Section: Codable {
        var name: String
        var salt: String
        var scope: String
        var firstNumber: UInt64
        var beyond: [Seen]
        var changeSets: [ChangeSet]
        var payload: String
        var bytes: String
        var hash: String
    }

    struct Seen: Codable {
        var device: String
        var number: UInt64
    }

    struct ChangeSet: Codable {
        var ordinal: UInt32
        var action: UInt64
        var claimed: Int64
        var changes: [Change]
    }

    struct Change: Codable {
        var device: String
        var counter: UInt64
        var entity: UInt32
        var field: UInt32
        var operation: String
        var value: Value?
        var amount: Int64?
        var code: UInt8?
        var operand: String?
    }

    indirect enum Value: Codable {
        case null
        case text(String)
        case integer(Int64)
        case bytes(String)
        case reference(String)
        case list([Value])

        private enum CodingKeys: String, CodingKey {
            case null, text, integer, bytes, reference, list
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

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .null: try container.encode(true, forKey: .null)
            case .text(let text): try container.encode(text, forKey: .text)
            case .integer(let number): try container.encode(number, forKey: .integer)
            case .bytes(let bytes): try container.encode(bytes, forKey: .bytes)
            case .reference(let id): try container.encode(id, forKey: .reference)
            case .list(let items): try container.encode(items, forKey: .list)
            }
        }
    }

    // MARK: batches.json

    struct Batches: Codable {
        var about: String
        var records: [Record]
        var keys: [Key]
        var certificates: [Certificate]
        var batches: [Batch]
        var refused: [RefusedBatch]
    }

    struct Record: Codable {
        var device: String
        var counter: UInt64
        var bytes: String
    }

    struct Key: Codable {
        var secretSeed: String
        var publicKey: String
        var device: String
        var programme: String
    }

    struct Certificate: Codable {
        var name: String
        var hubSeed: String
        var key: String
        var member: String
        var role: String
        var validFrom: Place
        var predecessor: String?
        var predecessorLastSequence: UInt64
        var bytes: String
    }

    struct Batch: Codable {
        var name: String
        var secretSeed: String
        var programme: String
        var sequence: UInt64
        var previous: String
        var context: Place
        var schemaVersion: UInt32
        var sections: [String]
        var header: String
        var signature: String
        var id: String
        var bytes: String
    }

    struct RefusedBatch: Codable {
        var name: String
        var key: String
        var programme: String
        var isWhole: Bool
        var bytes: String
        var reason: String
    }

    // MARK: admissions.json

    struct Admissions: Codable {
        var about: String
        var admissions: [Admission]
        var refused: [RefusedAdmission]
    }

    struct Admission: Codable {
        var name: String
        var hubSeed: String
        var batch: String
        var position: Place
        var receipt: Int64
        var sections: [SectionAdmission]
        var core: String
        var signature: String
        var bytes: String
    }

    struct SectionAdmission: Codable {
        var section: String
        var floor: Int64
        var refusals: [Refusal]
        var bytes: String
        var hash: String
    }

    struct Refusal: Codable {
        var ordinal: UInt32
        var reason: UInt32
    }

    struct RefusedAdmission: Codable {
        var name: String
        var hubKey: String
        var isWhole: Bool
        var bytes: String
        var reason: String
    }

    // MARK: invitations.json

    struct Invitations: Codable {
        var about: String
        var invitations: [Invitation]
        var refused: [RefusedInvitation]
        var redemptions: [Redemption]
    }

    struct Invitation: Codable {
        var name: String
        var hubSeed: String
        var issuerSeed: String
        var certificate: String?
        var bearerSeed: String
        var invitation: String
        var role: String?
        var member: String?
        var email: String?
        var memberName: String?
        var issuedAt: Int64
        var notBefore: Int64
        var expiresAt: Int64
        var url: String
        var pin: String?
        var programmeName: String
        var payload: String
        var text: String
    }

    struct RefusedInvitation: Codable {
        var name: String
        var text: String
        var reason: String
    }

    struct Redemption: Codable {
        var name: String
        var token: String
        var bearerSeed: String
        var deviceSeed: String
        var deviceName: String
        var proof: String
        var bytes: String
    }

    // MARK: states.json

    struct States: Codable {
        var about: String
        var states: [State]
    }

    struct State: Codable {
        var name: String
        var record: String
        var changes: [PlacedChange]
        var canonical: String
        var hash: String
    }

    struct PlacedChange: Codable {
        var author: String
        var number: UInt64
        var seen: Place
        var seenBeyond: [Seen]
        var position: Place
        var time: Int64
        var change: Change
    }
}
