import Foundation
import Model

/// A trace of the editing-traces collection. A sequential one has patches that apply one after
/// another; in a concurrent one each transaction applies to its merged parents.
struct TextTrace: Decodable {
    struct Transaction: Decodable {
        let parents: [Int]?
        let agent: UInt64?
        let patches: [Patch]
    }

    /// `[position, deletedCount, insertedText]`
    struct Patch: Decodable {
        let splice: TextSplice

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            let position = try values.decode(Int.self)
            let deletedCount = try values.decode(Int.self)
            let inserted = try values.decode(String.self)
            guard position >= 0, deletedCount >= 0 else {
                throw DecodingError.dataCorruptedError(
                    in: values, debugDescription: "A patch has a negative number.")
            }
            splice = TextSplice(
                position: position, deletedCount: deletedCount, inserted: inserted)
        }
    }

    let startContent: String?
    let endContent: String
    let numAgents: Int?
    let txns: [Transaction]

    /// What a trace is replayed as; the trace itself is not kept, because it is large.
    struct Work {
        let splices: [TextSplice]
        /// Of a concurrent trace.
        let edits: [TextEdit]
        let endContent: String
    }

    static func work(of file: String) throws -> Work {
        let trace = try JSONDecoder().decode(TextTrace.self, from: GzipFile.read(file))
        let isConcurrent = trace.txns.contains { $0.parents != nil }
        return Work(
            splices: isConcurrent ? [] : trace.splices,
            edits: isConcurrent ? try trace.edits() : [], endContent: trace.endContent)
    }

    /// All patches of a sequential trace, what it starts with as the first one.
    private var splices: [TextSplice] {
        let start = startContent ?? ""
        let first =
            start.isEmpty ? [] : [TextSplice(position: 0, deletedCount: 0, inserted: start)]
        return first + txns.flatMap { $0.patches.map(\.splice) }
    }

    /// The transactions of a concurrent trace. Each agent is a device and numbers its events in
    /// the order of the file.
    private func edits() throws -> [TextEdit] {
        var next: [UInt64: UInt64] = [:]
        var versions: [TextVersion] = []
        var edits: [TextEdit] = []
        for (index, transaction) in txns.enumerated() {
            let agent = transaction.agent ?? 0
            let parents = transaction.parents ?? (index > 0 ? [index - 1] : [])
            guard parents.allSatisfy({ $0 >= 0 && $0 < index }) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "A parent comes after its child."))
            }
            let edit = TextEdit(
                device: DeviceID(rawValue: agent), sequence: next[agent] ?? 0,
                parents: TextVersion(parents.flatMap { versions[$0].heads }),
                splices: transaction.patches.map(\.splice))
            next[agent] = edit.sequence + UInt64(edit.count)
            versions.append(edit.version)
            if edit.count > 0 { edits.append(edit) }
        }
        return edits
    }
}
