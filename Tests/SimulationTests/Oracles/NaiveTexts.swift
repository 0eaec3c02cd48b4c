import Model
import Replica
import TestSupport

@testable import SyncServer

/// What the hub's texts should say: every admitted edit, event by event, in a tree of single
/// characters.
extension NaiveModel {
    /// Longer ones cost the tree too much; there is enough to go wrong in short ones.
    private static let eventsMax = 600

    /// Compares with the texts in the hub's tables.
    ///
    /// - Returns: how many texts that several devices have edited were compared.
    @discardableResult
    func checkTexts(of hub: Hub) throws -> Int {
        var comparedCount = 0
        for (key, placed) in changes where key.cell.kind == .text {
            let edits = placed.compactMap(\.textEdit)
            let eventCount = edits.reduce(0) { $0 + $1.count }
            let deviceCount = Set(edits.map(\.device)).count
            // A text that one device has written alone needs no tree.
            guard deviceCount > 1, eventCount <= Self.eventsMax else { continue }
            let expected = Self.text(of: edits)
            let text = try hub.database.read { store in
                try store.tables.text(
                    of: key.cell.field, record: key.record, entity: key.entity,
                    in: store.tables.scope(key.scope)
                ).text
            }
            guard text.utf8.elementsEqual(expected.utf8) else {
                throw Violation("naive model", "another text in \(key): \(text) \(expected)")
            }
            comparedCount += 1
        }
        return comparedCount
    }

    private static func text(of edits: [TextEdit]) -> String {
        var tree = NaiveText()
        var indices: [TextEventID: Int] = [:]
        var rest = edits
        while !rest.isEmpty {
            let ready = rest.filter { $0.parents.heads.allSatisfy { indices[$0] != nil } }
            // What builds on words that the hub has lost waits for them.
            if ready.isEmpty { break }
            rest.removeAll { edit in ready.contains { $0.firstID == edit.firstID } }
            for edit in ready { add(edit, to: &tree, &indices) }
        }
        return tree.text
    }

    private static func add(
        _ edit: TextEdit, to tree: inout NaiveText, _ indices: inout [TextEventID: Int]
    ) {
        var parents = edit.parents.heads.compactMap { indices[$0] }
        var sequence = edit.sequence
        func add(_ act: NaiveText.Act, _ indices: inout [TextEventID: Int]) {
            let id = TextEventID(device: edit.device, sequence: sequence)
            indices[id] = tree.events.count
            tree.add(id, parents: parents, act)
            parents = [tree.events.count - 1]
            sequence += 1
        }
        for splice in edit.splices {
            for _ in 0..<splice.deletedCount { add(.delete(at: splice.position), &indices) }
            for (offset, scalar) in splice.inserted.unicodeScalars.enumerated() {
                add(.insert(scalar, at: splice.position + offset), &indices)
            }
        }
    }
}
