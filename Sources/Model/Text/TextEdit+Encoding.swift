/// The bytes of an edit: the operand of the operation *splice*. `protocol/text.md` describes them.
///
/// The device is not among them, because whoever carries an edit knows whose it is.
extension TextEdit {
    package var encoded: [UInt8] {
        var writer = ByteWriter(reservingCapacity: 16 + operations.inserted.count)
        writer.append(varint: sequence)
        let previous = sequence > 0 ? TextEventID(device: device, sequence: sequence - 1) : nil
        let others = parents.heads.filter { $0 != previous }
        writer.append(
            varint: UInt64(others.count) << 1 | (others.count < parents.heads.count ? 1 : 0))
        for parent in others {
            writer.append(bigEndian: parent.device.rawValue)
            writer.append(varint: parent.sequence)
        }
        writer.append(headsOf: operations)
        writer.append(lengthPrefixed: operations.inserted)
        return writer.bytes
    }

    /// Reads an edit of this device; there must be nothing else in the bytes.
    package init(encoded: [UInt8], by device: DeviceID) throws(DecodingFailure) {
        var reader = ByteReader(encoded)
        let sequence = try reader.varint()
        let head = try reader.varint()
        let otherCount = Int(head >> 1)
        guard otherCount <= reader.remaining / 9 else { throw .truncated }
        let previous = sequence > 0 ? TextEventID(device: device, sequence: sequence - 1) : nil
        var parents: [TextEventID] = []
        for _ in 0..<otherCount {
            let parent = TextEventID(device: try reader.device(), sequence: try reader.varint())
            if let last = parents.last, last >= parent { throw .notCanonical }
            if parent == previous { throw .notCanonical }
            parents.append(parent)
        }
        if head & 1 == 1 {
            guard let previous else { throw .notCanonical }
            parents.append(previous)
        }
        let heads = try reader.operationHeads()
        let operations = try TextOperations(heads, text: reader.lengthPrefixed())
        try reader.requireEnd()
        guard operations.eventCount > 0 else { throw .notCanonical }
        guard sequence <= UInt64.max - UInt64(operations.eventCount) else { throw .numberTooLarge }
        self.init(
            device: device, sequence: sequence, parents: TextVersion(parents),
            operations: operations)
    }
}

extension TextOperations {
    /// What is written of a run beside its text.
    struct Head {
        let kind: Kind
        let count: Int
        let position: Int
    }

    /// Makes operations of what was read. Runs are as long as they can be and the text is
    /// exactly theirs, so each list of events has one encoding.
    init(_ heads: ContiguousArray<Head>, text: [UInt8]) throws(DecodingFailure) {
        guard text.isUTF8 else { throw .notUTF8 }
        let insertedCount = heads.reduce(0) { $0 + ($1.kind == .insertion ? $1.count : 0) }
        guard text.scalarCount == insertedCount else { throw .notCanonical }
        let isASCII = text.count == insertedCount
        self.init()
        var textStart = 0
        for head in heads {
            guard head.kind == .insertion else {
                appendDeletion(
                    at: head.position, count: head.count, isBackspace: head.kind == .backspace)
                continue
            }
            let textEnd =
                isASCII
                ? textStart + head.count
                : text.offset(ofScalar: head.count, from: textStart, to: text.count)
            appendInsertion(
                at: head.position, of: text[textStart..<textEnd], count: head.count)
            textStart = textEnd
        }
        guard
            runs.elementsEqual(heads, by: { $0.kind == $1.kind && $0.count == $1.count })
        else { throw .notCanonical }
    }
}

extension ByteWriter {
    /// Appends a count of runs; the kind and length of each; and for each the way to its position
    /// from the cursor that the one before leaves.
    mutating func append(headsOf operations: TextOperations) {
        append(count: operations.runs.count)
        for run in operations.runs {
            append(varint: UInt64(run.count) << 2 | UInt64(run.kind.rawValue))
        }
        var cursor = 0
        for run in operations.runs {
            append(zigzag: Int64(run.position - cursor))
            cursor = run.cursor
        }
    }
}

extension ByteReader {
    mutating func operationHeads() throws(DecodingFailure) -> ContiguousArray<TextOperations.Head> {
        let runCount = try count(bytesEach: 2)
        var kinds: ContiguousArray<(kind: TextOperations.Kind, count: Int)> = []
        kinds.reserveCapacity(runCount)
        var eventCount = 0
        for _ in 0..<runCount {
            let head = try varint()
            guard let kind = TextOperations.Kind(rawValue: UInt8(head & 3)) else {
                throw .unknownTag(UInt8(head & 3))
            }
            guard head >> 2 <= UInt64(Limits.textEventsMax - eventCount) else {
                throw .numberTooLarge
            }
            let count = Int(head >> 2)
            guard count > (kind == .backspace ? 1 : 0) else { throw .notCanonical }
            eventCount += count
            kinds.append((kind, count))
        }
        var heads: ContiguousArray<TextOperations.Head> = []
        heads.reserveCapacity(runCount)
        var cursor = 0
        for (kind, count) in kinds {
            let step = try zigzag()
            guard step.magnitude <= UInt64(2 * Limits.textEventsMax) else { throw .numberTooLarge }
            let position = cursor + Int(step)
            guard position >= 0, position <= Limits.textEventsMax else { throw .numberTooLarge }
            heads.append(TextOperations.Head(kind: kind, count: count, position: position))
            switch kind {
            case .insertion: cursor = position + count
            case .deletion: cursor = position
            case .backspace: cursor = position - count + 1
            }
            guard cursor >= 0 else { throw .numberTooLarge }
        }
        return heads
    }
}

extension Array where Element == UInt8 {
    /// Whether the bytes are valid UTF-8.
    var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}
