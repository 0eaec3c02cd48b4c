import Foundation
import Model

/// A history in the event-graph form: every inserted or deleted character is one event, numbered
/// in the order of the file.
struct EventGraph: Decodable {
    struct Transaction: Decodable {
        let span: [Int]
        let parents: [Int]
        let agent: Agent
        let seqStart: UInt64
        let ops: [TextTrace.Patch]
    }

    /// A name or a number.
    struct Agent: Decodable, Hashable {
        let name: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(UInt64.self) {
                // As many digits each, so that names are in the order of the numbers.
                let digits = String(number)
                name = String(repeating: "0", count: 20 - digits.count) + digits
            } else {
                name = try value.decode(String.self)
            }
        }
    }

    let txns: [Transaction]
    let endContent: String

    /// Reads a file that holds one graph or a list of them.
    static func read(_ file: String) throws -> [EventGraph] {
        let data = try GzipFile.read(file)
        let decoder = JSONDecoder()
        if let first = data.first(where: { $0 > 0x20 }), first == UInt8(ascii: "[") {
            return try decoder.decode([EventGraph].self, from: data)
        }
        return [try decoder.decode(EventGraph.self, from: data)]
    }

    /// The transactions as edits. Names of agents become device ids that are in the same order.
    func edits() throws -> [TextEdit] {
        let names = Set(txns.map(\.agent.name)).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let devices = Dictionary(
            uniqueKeysWithValues: names.enumerated().map {
                ($1, DeviceID(rawValue: UInt64($0)))
            })
        var ids: [TextEventID] = []
        return try txns.map { transaction in
            let device = devices[transaction.agent.name] ?? DeviceID(rawValue: 0)
            guard transaction.parents.allSatisfy({ ids.indices.contains($0) }) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "A parent comes after its child."))
            }
            let edit = TextEdit(
                device: device, sequence: transaction.seqStart,
                parents: TextVersion(transaction.parents.map { ids[$0] }),
                splices: transaction.ops.map(\.splice))
            guard transaction.span == [ids.count, ids.count + edit.count] else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "A span is not that of its events."))
            }
            for offset in 0..<edit.count {
                ids.append(
                    TextEventID(device: device, sequence: edit.sequence + UInt64(offset)))
            }
            return edit
        }
    }
}
