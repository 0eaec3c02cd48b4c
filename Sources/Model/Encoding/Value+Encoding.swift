extension ByteWriter {
    /// Appends one tag byte and the value's content. `protocol/sections.md` has the table of tags.
    package mutating func append(value: Value) {
        switch value {
        case .null:
            append(byte: 0)
        case .text(let text):
            append(byte: 1)
            append(text: text)
        case .integer(let number):
            append(byte: 2)
            append(zigzag: number)
        case .bytes(let content):
            append(byte: 3)
            append(lengthPrefixed: content)
        case .reference(let record):
            append(byte: 4)
            append(record: record)
        case .list(let items):
            append(byte: 5)
            append(count: items.count)
            for item in items { append(value: item) }
        }
    }
}

extension ByteWriter {
    /// Appends the sixteen bytes of a record's id.
    package mutating func append(record: RecordID) {
        let (left, right) = record.permuted
        append(bigEndian: left)
        append(bigEndian: right)
    }
}

extension ByteReader {
    /// Reads the sixteen bytes of a record's id.
    package mutating func record() throws(DecodingFailure) -> RecordID {
        RecordID(permuted: try bigEndian(), try bigEndian())
    }

    /// Reads one value; lists nest at most ``Limits/valueDepthMax`` deep.
    package mutating func value(depth: Int = 0) throws(DecodingFailure) -> Value {
        let tag = try byte()
        switch tag {
        case 0: return .null
        case 1: return .text(try text())
        case 2: return .integer(try zigzag())
        case 3: return .bytes(try lengthPrefixed())
        case 4:
            return .reference(try record())
        case 5:
            guard depth < Limits.valueDepthMax else { throw .tooDeep }
            let itemCount = try count()
            var items: [Value] = []
            // The count is what a stranger states; room is made for it only as items turn up.
            items.reserveCapacity(min(itemCount, 64))
            for _ in 0..<itemCount { items.append(try value(depth: depth + 1)) }
            return .list(items)
        default: throw .unknownTag(tag)
        }
    }
}
