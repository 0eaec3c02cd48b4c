extension ByteWriter {
    package mutating func append(position: Position) {
        append(varint: UInt64(position.epoch))
        append(varint: position.number)
    }

    package mutating func append(beyond: [DeviceNumber]) {
        append(count: beyond.count)
        for entry in beyond {
            append(bigEndian: entry.device.rawValue)
            append(varint: entry.number)
        }
    }

    package mutating func append(context: Context) {
        append(position: context.position)
        append(beyond: context.beyond)
    }
}

extension ByteReader {
    package mutating func position() throws(DecodingFailure) -> Position {
        guard let epoch = UInt32(exactly: try varint()) else { throw .numberTooLarge }
        let number = try varint()
        guard number <= Position.numberMax else { throw .numberTooLarge }
        return Position(epoch: epoch, number: number)
    }

    package mutating func device() throws(DecodingFailure) -> DeviceID {
        DeviceID(rawValue: try bigEndian())
    }

    package mutating func beyond() throws(DecodingFailure) -> [DeviceNumber] {
        let entryCount = try count(bytesEach: 9)
        var entries: [DeviceNumber] = []
        for _ in 0..<entryCount {
            entries.append(DeviceNumber(device: try device(), number: try varint()))
        }
        return entries
    }

    package mutating func context() throws(DecodingFailure) -> Context {
        Context(position: try position(), beyond: try beyond())
    }
}
