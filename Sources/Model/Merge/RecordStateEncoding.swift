/// The two byte forms of a record's state.
///
/// The *canonical* form holds the admitted cells and nothing else. It is a function of the set of
/// admitted changes, so replicas that know the same changes have the same bytes, and the sum of
/// their hashes is the scope's state hash. `protocol/state.md` describes it to the byte.
///
/// The *stored* form is what a replica keeps beside the row. It is the same, except that a value
/// equal to the row's column is left out (a flag stands for it), that the device is left out where
/// the record's own creator wrote the cell's only head, and that the tentative changes follow.
///
/// Most records were written by one action: their cells differ in field and value only. Such a
/// cell is marked as *following* the one before (same device, position, time and covered context,
/// next number) and takes two bytes and its value.
extension RecordState {
    /// The canonical bytes of the admitted cells.
    package var canonicalBytes: [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64 + 32 * cells.count)
        appendAdmitted(to: &writer, of: nil, isInRow: nil)
        return writer.bytes
    }

    /// The stored bytes of the record with this id. `isInRow` says whether the row's column of a
    /// field holds exactly this value.
    package func storedBytes(
        of record: RecordID, isInRow: (FieldID, Value) -> Bool
    ) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64 + 4 * cells.count)
        // Swift cannot pass an optional non-escaping closure; this one does not outlive the call.
        withoutActuallyEscaping(isInRow) { isInRow in
            appendAdmitted(to: &writer, of: record, isInRow: isInRow)
        }
        appendTentative(to: &writer, isInRow: isInRow)
        return writer.bytes
    }

    /// Appends the canonical form if no record is named, else its part of the stored form.
    private func appendAdmitted(
        to writer: inout ByteWriter, of record: RecordID?, isInRow: ((FieldID, Value) -> Bool)?
    ) {
        writer.append(varint: UInt64(entity.rawValue))
        appendCreation(to: &writer)
        writer.append(count: cells.count)
        var previous: Cell?
        for cell in cells {
            writer.append(varint: UInt64(cell.key.field.rawValue))
            let follows = previous.map { cell.follows($0) } ?? false
            let isCreators =
                !follows && cell.heads.count == 1 && cell.heads[0].device == record?.device
            writer.append(
                byte: cell.key.kind.rawValue | (follows ? Tag.follows : 0)
                    | (isCreators ? Tag.isCreators : 0))
            if cell.key.kind == .element { writer.append(value: cell.key.element) }
            if !follows {
                writer.append(context: cell.covered)
                if !isCreators { writer.append(count: cell.heads.count) }
            }
            let isText = cell.key.kind == .text
            for head in cell.heads {
                if !follows {
                    if !isCreators { writer.append(bigEndian: head.device.rawValue) }
                    writer.append(varint: head.number)
                    writer.append(position: head.position ?? .start)
                    writer.append(zigzag: head.time.milliseconds)
                }
                if !isText { append(head.value, of: cell.key.field, to: &writer, isInRow) }
                if cell.key.field == .life, let context = head.context {
                    writer.append(context: context)
                }
            }
            if isText { append(cell.content, of: cell.key.field, to: &writer, isInRow) }
            previous = cell
        }
    }

    private func append(
        _ value: Value, of field: FieldID, to writer: inout ByteWriter,
        _ isInRow: ((FieldID, Value) -> Bool)?
    ) {
        if let isInRow, isInRow(field, value) {
            writer.append(byte: Tag.valueInRow)
        } else {
            writer.append(value: value)
        }
    }

    private func appendCreation(to writer: inout ByteWriter) {
        guard let creation else {
            writer.append(byte: Tag.creationUnknown)
            return
        }
        let first = cells.first { $0.key == .life }?.heads.first
        if let first, first.device == creation.device, first.number == creation.number {
            writer.append(byte: Tag.creationIsFirstHead)
        } else {
            writer.append(byte: Tag.creationStated)
            writer.append(position: creation.position)
            writer.append(bigEndian: creation.device.rawValue)
            writer.append(varint: creation.number)
            writer.append(zigzag: creation.time.milliseconds)
        }
    }

    private func appendTentative(
        to writer: inout ByteWriter, isInRow: (FieldID, Value) -> Bool
    ) {
        writer.append(count: tentative.count)
        var previous: PlacedChange?
        for placed in tentative {
            let follows =
                previous.map {
                    $0.device == placed.device && placed.number.isSuccessor(of: $0.number)
                        && $0.context == placed.context && $0.time == placed.time
                        && $0.position == placed.position
                } ?? false
            let code = placed.change.operation.code
            precondition(code < Tag.followsTentative, "Codes of operations stay below 128.")
            writer.append(byte: code | (follows ? Tag.followsTentative : 0))
            writer.append(varint: UInt64(placed.change.field.rawValue))
            if !follows {
                writer.append(bigEndian: placed.device.rawValue)
                writer.append(varint: placed.number)
                writer.append(context: placed.context)
                writer.append(position: placed.position ?? .start)
                writer.append(zigzag: placed.time.milliseconds)
            }
            if case .set(let value) = placed.change.operation,
                isInRow(placed.change.field, value)
            {
                writer.append(byte: Tag.valueInRow)
            } else {
                writer.append(operandOf: placed.change.operation)
            }
            previous = placed
        }
    }

    /// Reads the canonical form. What it does not have, a value that is left out or a change that
    /// is not admitted, is refused.
    package init(canonicalBytes: [UInt8], record: RecordID) throws(DecodingFailure) {
        var leavesValuesOut = false
        // The stored form goes on with the count of changes that are not admitted.
        try self.init(
            bytes: canonicalBytes + [0], record: record, creator: nil,
            rowValue: { _ in
                leavesValuesOut = true
                return .null
            })
        guard !leavesValuesOut, tentative.isEmpty else { throw .notCanonical }
    }

    /// Reads the stored form. The record's id and the values that were left out come from the row.
    package init(
        storedBytes: [UInt8], record: RecordID, rowValue: (FieldID) -> Value
    ) throws(DecodingFailure) {
        try self.init(
            bytes: storedBytes, record: record, creator: record.device, rowValue: rowValue)
    }

    /// The creator is the device that stands for one that is left out; nil where none may be.
    private init(
        bytes: [UInt8], record: RecordID, creator: DeviceID?, rowValue: (FieldID) -> Value
    ) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let entity = try reader.entity()
        let creationTag = try reader.byte()
        var creation: Creation?
        if creationTag == Tag.creationStated {
            creation = Creation(
                position: try reader.position(), device: try reader.device(),
                number: try reader.varint(),
                time: EffectiveTime(milliseconds: try reader.zigzag()))
        }
        let cellCount = try reader.count(bytesEach: 2)
        var cells: [Cell] = []
        cells.reserveCapacity(cellCount)
        for _ in 0..<cellCount {
            cells.append(
                try reader.cell(after: cells.last, creator: creator, rowValue: rowValue))
        }
        if creationTag == Tag.creationIsFirstHead {
            guard let head = cells.first(where: { $0.key == .life })?.heads.first,
                let position = head.position
            else { throw .notCanonical }
            creation = Creation(
                position: position, device: head.device, number: head.number, time: head.time)
        }
        let tentativeCount = try reader.count(bytesEach: 2)
        var tentative: [PlacedChange] = []
        tentative.reserveCapacity(tentativeCount)
        for _ in 0..<tentativeCount {
            tentative.append(
                try reader.tentative(
                    of: record, entity: entity, after: tentative.last, rowValue: rowValue))
        }
        try reader.requireEnd()
        self.init(entity: entity, creation: creation, cells: cells, tentative: tentative)
    }
}

private enum Tag {
    static let creationUnknown: UInt8 = 0
    static let creationStated: UInt8 = 1
    static let creationIsFirstHead: UInt8 = 2
    /// Set in a cell's kind byte.
    static let follows: UInt8 = 4
    /// Set in a cell's kind byte in the stored form: the only head is of the device that made the
    /// record.
    static let isCreators: UInt8 = 16
    /// Set in a tentative change's operation byte; operation codes stay below it.
    static let followsTentative: UInt8 = 0x80
    /// Stands where a value's tag byte stands.
    static let valueInRow: UInt8 = 0xFF
}

extension UInt64 {
    fileprivate func isSuccessor(of number: UInt64) -> Bool { self > number && self - number == 1 }
}

extension Cell {
    /// Whether all but field, element and value follows from the cell before.
    fileprivate func follows(_ previous: Cell) -> Bool {
        guard heads.count == 1, previous.heads.count == 1, key.field != .life else { return false }
        let head = heads[0]
        let other = previous.heads[0]
        return head.device == other.device && head.number.isSuccessor(of: other.number)
            && head.position == other.position && head.time == other.time
            && covered == previous.covered
    }
}

extension ByteReader {
    fileprivate mutating func entity() throws(DecodingFailure) -> EntityID {
        guard let number = UInt32(exactly: try varint()) else { throw .numberTooLarge }
        return EntityID(number)
    }

    fileprivate mutating func field() throws(DecodingFailure) -> FieldID {
        guard let number = UInt32(exactly: try varint()) else { throw .numberTooLarge }
        return FieldID(number)
    }

    fileprivate mutating func cell(
        after previous: Cell?, creator: DeviceID?, rowValue: (FieldID) -> Value
    ) throws(DecodingFailure) -> Cell {
        let field = try field()
        let tag = try byte()
        let isCreators = tag & Tag.isCreators != 0
        guard let kind = Cell.Kind(rawValue: tag & ~Tag.follows & ~Tag.isCreators),
            !isCreators || (creator != nil && tag & Tag.follows == 0)
        else { throw .unknownTag(tag) }
        let element = kind == .element ? try value() : .null
        let key = Cell.Key(field: field, kind: kind, element: element)
        if tag & Tag.follows != 0 {
            // What becomes of a record as a whole has a context of its own in each head.
            guard let previous, let last = previous.heads.first, field != .life else {
                throw .notCanonical
            }
            let value = try value(of: field, rowValue: rowValue)
            let head = Head(
                device: last.device, number: try Self.number(after: last.number),
                position: last.position, time: last.time, value: kind == .text ? .null : value,
                context: nil)
            return Cell(
                key: key, heads: [head], covered: previous.covered,
                content: kind == .text ? value : .null)
        }
        let covered = try context()
        let headCount = isCreators ? 1 : try count(bytesEach: 12)
        var heads: [Head] = []
        for _ in 0..<headCount {
            let device = if isCreators, let creator { creator } else { try device() }
            let number = try varint()
            let position = try position()
            let time = EffectiveTime(milliseconds: try zigzag())
            let value = kind == .text ? .null : try value(of: field, rowValue: rowValue)
            heads.append(
                Head(
                    device: device, number: number, position: position, time: time, value: value,
                    context: field == .life ? try context() : nil))
        }
        let content = kind == .text ? try value(of: field, rowValue: rowValue) : .null
        return Cell(key: key, heads: heads, covered: covered, content: content)
    }

    fileprivate mutating func tentative(
        of record: RecordID, entity: EntityID, after previous: PlacedChange?,
        rowValue: (FieldID) -> Value
    ) throws(DecodingFailure) -> PlacedChange {
        let tag = try byte()
        let field = try field()
        let device: DeviceID
        let number: UInt64
        let context: Context
        let position: Position?
        let time: EffectiveTime
        if tag & Tag.followsTentative != 0 {
            guard let previous else { throw .notCanonical }
            (device, number) = (previous.device, try Self.number(after: previous.number))
            (context, position, time) = (previous.context, previous.position, previous.time)
        } else {
            device = try self.device()
            number = try varint()
            context = try self.context()
            let place = try self.position()
            position = place == .start ? nil : place
            time = EffectiveTime(milliseconds: try zigzag())
        }
        let code = tag & ~Tag.followsTentative
        let operation: Change.Operation
        if code == 4 {
            operation = .set(try value(of: field, rowValue: rowValue))
        } else {
            operation = try self.operation(code: code)
        }
        return PlacedChange(
            change: Change(record: record, entity: entity, field: field, operation: operation),
            device: device, number: number, context: context, position: position, time: time)
    }

    private static func number(after previous: UInt64) throws(DecodingFailure) -> UInt64 {
        let (number, isTooLarge) = previous.addingReportingOverflow(1)
        if isTooLarge { throw .numberTooLarge }
        return number
    }

    private mutating func value(
        of field: FieldID, rowValue: (FieldID) -> Value
    ) throws(DecodingFailure) -> Value {
        if try peekByte() == Tag.valueInRow {
            _ = try byte()
            return rowValue(field)
        }
        return try value()
    }
}
