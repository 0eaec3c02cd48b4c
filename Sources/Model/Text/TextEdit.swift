/// Replaces a part of a text: positions count Unicode scalar values.
package struct TextSplice: Sendable {
    package let position: Int
    package let deletedCount: Int
    package let inserted: String

    package init(position: Int, deletedCount: Int, inserted: String) {
        self.position = position
        self.deletedCount = deletedCount
        self.inserted = inserted
    }
}

extension TextSplice: Equatable {
    /// By bytes, because Swift takes canonically equivalent strings for equal.
    package static func == (left: Self, right: Self) -> Bool {
        left.position == right.position && left.deletedCount == right.deletedCount
            && left.inserted.utf8.elementsEqual(right.inserted.utf8)
    }
}

/// What one save did to a text, as it goes from device to device: consecutive events of one
/// device, the first of which has seen the parents and all that these had seen.
///
/// An edit can be cut anywhere. The rest has the event before it as its only parent, so what
/// counts are the events and not how they were put together.
package struct TextEdit: Sendable {
    package let device: DeviceID
    /// The number of the first event.
    package let sequence: UInt64
    package let parents: TextVersion
    let operations: TextOperations

    init(
        device: DeviceID, sequence: UInt64, parents: TextVersion, operations: TextOperations
    ) {
        self.device = device
        self.sequence = sequence
        self.parents = parents
        self.operations = operations
    }

    /// Makes an edit of splices, each of which applies to the text that the ones before leave.
    /// A splice deletes first: its events are the deletions, then the insertions.
    package init(
        device: DeviceID, sequence: UInt64, parents: TextVersion, splices: [TextSplice]
    ) {
        var operations = TextOperations()
        for splice in splices { operations.append(splice) }
        self.init(device: device, sequence: sequence, parents: parents, operations: operations)
    }

    /// How many events it has.
    package var count: Int { operations.eventCount }

    package var firstID: TextEventID { TextEventID(device: device, sequence: sequence) }

    /// The version in which all of the edit has been done, and nothing but what it had seen.
    package var version: TextVersion {
        count == 0
            ? parents
            : TextVersion([
                TextEventID(device: device, sequence: sequence + UInt64(count) - 1)
            ])
    }

    /// The edit in two parts; the second is nil if the first has all the events.
    ///
    /// - Precondition: the first has at least one event.
    package func divided(after count: Int) -> (TextEdit, TextEdit?) {
        precondition(count > 0, "An edit has events.")
        guard count < self.count else { return (self, nil) }
        var (first, second) = (TextOperations(), TextOperations())
        first.append(operations, from: 0, count: count)
        second.append(operations, from: count, count: self.count - count)
        let before = TextEventID(device: device, sequence: sequence + UInt64(count) - 1)
        return (
            TextEdit(device: device, sequence: sequence, parents: parents, operations: first),
            TextEdit(
                device: device, sequence: sequence + UInt64(count), parents: TextVersion([before]),
                operations: second)
        )
    }

    /// The edit in pieces whose bytes do not exceed a bound, where a bound is set on what carries
    /// them.
    package func divided(bytesMax: Int) -> [TextEdit] {
        guard count > 1, encoded.count > bytesMax else { return [self] }
        let (first, second) = divided(after: count / 2)
        return [first, second].flatMap { $0?.divided(bytesMax: bytesMax) ?? [] }
    }

    /// What it does, for people and tools; backspaces are shown as the deletions they are.
    package var splices: [TextSplice] {
        operations.runs.map { run in
            switch run.kind {
            case .insertion:
                TextSplice(
                    position: run.position, deletedCount: 0,
                    inserted: String(decoding: operations.text(of: run), as: UTF8.self))
            case .deletion, .backspace:
                TextSplice(
                    position: min(run.position, run.cursor), deletedCount: run.count, inserted: "")
            }
        }
    }
}

extension TextEdit: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.device == right.device && left.encoded == right.encoded
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(encoded)
    }
}

extension TextOperations {
    mutating func append(_ splice: TextSplice) {
        if splice.deletedCount > 0 {
            appendDeletion(at: splice.position, count: splice.deletedCount, isBackspace: false)
        }
        let count = splice.inserted.unicodeScalars.count
        if count > 0 {
            appendInsertion(at: splice.position, of: splice.inserted.utf8, count: count)
        }
    }

    /// Appends what these events of another list do.
    mutating func append(_ other: TextOperations, from first: Int, count: Int) {
        for run in other.pieces(of: first..<first + count) {
            if run.kind == .insertion {
                appendInsertion(at: run.position, of: other.text(of: run), count: run.count)
            } else {
                appendDeletion(
                    at: run.position, count: run.count, isBackspace: run.kind == .backspace)
            }
        }
    }
}
