import Model

/// Steps of one action in one scope, one after another, packed for the table `undo`.
///
/// The bytes are local to this replica and version. Each step begins with a tag. Behind tag 0 it
/// stands whole, and behind tag 2 one that brings back what another member wrote; tag 1 says that it is like the one before, for the record that the same device made
/// next, and only how far its number lies behind follows. So an action that makes a hundred thousand
/// records takes two bytes for each of them here.
struct UndoRun {
    private var writer = ByteWriter()
    private var last: UndoStep?

    var bytes: [UInt8] { writer.bytes }

    private enum Tag {
        static let whole: UInt8 = 0
        static let follows: UInt8 = 1
        static let wholeOfOthers: UInt8 = 2
    }

    init(_ steps: [UndoStep] = []) { for step in steps { append(step) } }

    /// Adds a step; numbers ascend.
    mutating func append(_ step: UndoStep) {
        if let last, step.follows(last) {
            writer.append(byte: Tag.follows)
            writer.append(varint: step.number - last.number - 1)
        } else {
            writer.append(byte: step.isOfOthers ? Tag.wholeOfOthers : Tag.whole)
            writer.append(record: step.record)
            writer.append(varint: UInt64(step.entity.rawValue))
            writer.append(varint: UInt64(step.field.rawValue))
            writer.append(value: step.element)
            writer.append(varint: step.number)
            for operation in [step.operation, step.inverse] {
                writer.append(byte: operation.code)
                writer.append(operandOf: operation)
            }
        }
        last = step
    }

    /// Reads what ``bytes`` gave.
    static func steps(_ bytes: [UInt8], scopeKey: Int64) throws(DecodingFailure) -> [UndoStep] {
        var reader = ByteReader(bytes)
        var steps: [UndoStep] = []
        while !reader.isAtEnd {
            let tag = try reader.byte()
            switch (tag, steps.last) {
            case (Tag.whole, _), (Tag.wholeOfOthers, _):
                steps.append(
                    try reader.undoStep(
                        scopeKey: scopeKey, isOfOthers: tag == Tag.wholeOfOthers))
            case (Tag.follows, let last?):
                steps.append(last.next(after: try reader.varint()))
            default: throw .unknownTag(tag)
            }
        }
        return steps
    }
}

extension UndoStep {
    /// Whether it is the same step as the other one, for the record that comes next.
    fileprivate func follows(_ other: UndoStep) -> Bool {
        record.device == other.record.device && record.counter == other.record.counter &+ 1
            && number > other.number && entity == other.entity && field == other.field
            && operation == other.operation && inverse == other.inverse
            && element == other.element && isOfOthers == other.isOfOthers
    }

    /// The step that follows this one, so many numbers further than the next.
    fileprivate func next(after gap: UInt64) -> UndoStep {
        UndoStep(
            record: RecordID(device: record.device, counter: record.counter &+ 1), entity: entity,
            scopeKey: scopeKey, field: field, element: element, number: number &+ gap &+ 1,
            operation: operation, inverse: inverse, isOfOthers: isOfOthers)
    }
}

extension ByteReader {
    fileprivate mutating func undoStep(
        scopeKey: Int64, isOfOthers: Bool
    ) throws(DecodingFailure) -> UndoStep {
        let record = try record()
        let entity = EntityID(UInt32(truncatingIfNeeded: try varint()))
        let field = FieldID(UInt32(truncatingIfNeeded: try varint()))
        return UndoStep(
            record: record, entity: entity, scopeKey: scopeKey, field: field,
            element: try value(), number: try varint(),
            operation: try operation(code: byte()), inverse: try operation(code: byte()),
            isOfOthers: isOfOthers)
    }
}

/// All steps of one action, in the runs in which they are stored.
struct UndoLog {
    /// A run is begun anew beyond this size, so that little is written again where a record of it is
    /// forgotten.
    private static let runBytesMax = 16_384
    private(set) var runs: [Int64: [UndoRun]] = [:]

    /// Adds a step; the numbers of a scope ascend.
    mutating func append(_ step: UndoStep) {
        Self.append(step, to: &runs[step.scopeKey, default: []])
    }

    private static func append(_ step: UndoStep, to runs: inout [UndoRun]) {
        if runs.last.map({ $0.bytes.count > runBytesMax }) ?? true { runs.append(UndoRun()) }
        runs[runs.count - 1].append(step)
    }
}
