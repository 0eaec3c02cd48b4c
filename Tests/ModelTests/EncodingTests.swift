import Model
import TestSupport
import Testing

@Suite struct EncodingTests {
    private func bytes(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
        var writer = ByteWriter()
        write(&writer)
        return writer.bytes
    }

    // MARK: Numbers

    @Test(
        arguments: [
            (0, [0]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]),
            (UInt64.max, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
            (UInt64(1) << 63, [128, 128, 128, 128, 128, 128, 128, 128, 128, 1]),
        ] as [(UInt64, [UInt8])])
    func varintHasOneForm(number: UInt64, expected: [UInt8]) throws {
        #expect(bytes { $0.append(varint: number) } == expected)
        var reader = ByteReader(expected)
        #expect(try reader.varint() == number)
        #expect(reader.isAtEnd)
    }

    /// Every string of up to two bytes and what varint it is, if any.
    @Test func shortVarintsAreCanonicalOrRefused() {
        for first in UInt8.min...UInt8.max {
            var single = ByteReader([first])
            if first < 0x80 {
                #expect((try? single.varint()) == UInt64(first))
            } else {
                #expect(throws: DecodingFailure.truncated) { try single.varint() }
            }
            guard first >= 0x80 else { continue }
            for second in UInt8.min..<0x80 {
                var reader = ByteReader([first, second])
                if second == 0 {
                    #expect(throws: DecodingFailure.notCanonical) { try reader.varint() }
                } else if let number = try? reader.varint() {
                    #expect(bytes { $0.append(varint: number) } == [first, second])
                } else {
                    Issue.record("\(first) \(second)")
                }
            }
        }
    }

    @Test(arguments: [
        [UInt8](repeating: 0x80, count: 9) + [0], [0x80, 0x80, 0],
    ])
    func longerFormsAreRefused(form: [UInt8]) {
        var reader = ByteReader(form)
        #expect(throws: DecodingFailure.notCanonical) { try reader.varint() }
    }

    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 9) + [2], [UInt8](repeating: 0xFF, count: 10) + [1],
        [UInt8](repeating: 0x80, count: 10) + [1], [UInt8](repeating: 0x80, count: 9) + [0x81, 0],
    ])
    func numbersBeyond64BitsAreRefused(form: [UInt8]) {
        var reader = ByteReader(form)
        #expect(throws: DecodingFailure.numberTooLarge) { try reader.varint() }
    }

    @Test(
        arguments: [
            (0, [0]), (-1, [1]), (1, [2]), (-2, [3]), (63, [126]), (-64, [127]),
            (64, [0x80, 1]),
            (Int64.max, [254, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
            (Int64.min, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        ] as [(Int64, [UInt8])])
    func zigzagReachesBothEnds(number: Int64, expected: [UInt8]) throws {
        #expect(bytes { $0.append(zigzag: number) } == expected)
        var reader = ByteReader(expected)
        #expect(try reader.zigzag() == number)
    }

    @Test(arguments: Seed.samples(64))
    func numbersPositionsAndContextsComeBack(seed: Seed) throws {
        var seed = seed
        let (unsigned, signed) = (seed.number(), seed.integer())
        let (position, context, device) = (seed.position(), seed.context(), seed.device())
        var reader = ByteReader(
            bytes {
                $0.append(varint: unsigned)
                $0.append(zigzag: signed)
                $0.append(position: position)
                $0.append(context: context)
                $0.append(bigEndian: device.rawValue)
                $0.append(bytes: device.bytes)
            })
        #expect(try reader.varint() == unsigned)
        #expect(try reader.zigzag() == signed)
        #expect(try reader.position() == position)
        #expect(try reader.context() == context)
        #expect(try reader.device() == device)
        #expect(try reader.device() == device)
        try reader.requireEnd()
    }

    @Test func epochBeyond32BitsIsRefused() {
        var reader = ByteReader(
            bytes {
                $0.append(varint: 1 << 32)
                $0.append(varint: 0)
            })
        #expect(throws: DecodingFailure.numberTooLarge) { try reader.position() }
    }

    @Test func countOfMoreThanFollowsIsRefusedBeforeAnythingIsMade() {
        var writer = ByteWriter()
        writer.append(varint: .max)
        var reader = ByteReader(writer.bytes)
        #expect(throws: DecodingFailure.truncated) { try reader.count() }
        var list = ByteReader([5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0])
        #expect(throws: DecodingFailure.truncated) { try list.value() }
        var some = ByteReader([2, 0, 0, 0, 0])
        #expect(throws: DecodingFailure.truncated) { try some.count(bytesEach: 3) }
    }

    // MARK: Values

    @Test(arguments: Seed.samples(64))
    func valuesAndOperationsComeBack(seed: Seed) throws {
        var seed = seed
        for _ in 0..<50 {
            let value = seed.value()
            var reader = ByteReader(bytes { $0.append(value: value) })
            #expect(try reader.value() == value)
            #expect(reader.isAtEnd)
            let operation = seed.operation()
            var operand = ByteReader(bytes { $0.append(operandOf: operation) })
            #expect(try operand.operation(code: operation.code) == operation)
            #expect(operand.isAtEnd)
        }
    }

    /// Whatever can be read is written again as the same bytes, so equal values have equal bytes.
    @Test(arguments: Seed.samples(64))
    func whatIsReadIsWrittenAgainAlike(seed: Seed) {
        var seed = seed
        for _ in 0..<50 {
            var encoded = bytes { $0.append(value: seed.value()) }
            encoded[seed.below(encoded.count)] = UInt8(seed.below(256))
            var reader = ByteReader(encoded)
            guard let value = try? reader.value() else { continue }
            #expect(bytes { $0.append(value: value) } == Array(encoded.prefix(reader.offset)))
        }
    }

    @Test(arguments: Seed.samples(64))
    func truncatedValuesAreRefused(seed: Seed) {
        var seed = seed
        let encoded = bytes { $0.append(value: seed.value()) }
        for count in encoded.indices {
            var reader = ByteReader(Array(encoded.prefix(count)))
            #expect(throws: DecodingFailure.truncated) { try reader.value() }
        }
    }

    @Test func listsNestAsDeepAsTheLimitAndNoDeeper() throws {
        func nested(_ depth: Int) -> Value { depth == 0 ? .null : .list([nested(depth - 1)]) }
        let deepest = nested(Limits.valueDepthMax)
        var reader = ByteReader(bytes { $0.append(value: deepest) })
        #expect(try reader.value() == deepest)
        var deeper = ByteReader(bytes { $0.append(value: nested(Limits.valueDepthMax + 1)) })
        #expect(throws: DecodingFailure.tooDeep) { try deeper.value() }
        var bomb = ByteReader([UInt8](repeating: 5, count: 100_000))
        #expect(throws: (any Error).self) { try bomb.value() }
    }

    @Test(arguments: [UInt8(6), 7, 0x80, 0xFE, 0xFF])
    func unknownTagsAreRefused(tag: UInt8) {
        var reader = ByteReader([tag, 0, 0])
        #expect(throws: DecodingFailure.unknownTag(tag)) { try reader.value() }
    }

    @Test(arguments: [
        [UInt8(0xC0), 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0x80], [0xC3], [0xF8, 0x88, 0x80, 0x80, 0x80], [0x61, 0xFF],
    ])
    func textThatIsNotUTF8IsRefused(content: [UInt8]) {
        var reader = ByteReader([1, UInt8(content.count)] + content)
        #expect(throws: DecodingFailure.notUTF8) { try reader.value() }
    }

    /// Texts that look alike are different values; nothing is normalised on the way.
    @Test func textsAreTheirBytes() throws {
        let (composed, decomposed) = (Value.text("\u{E9}"), Value.text("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        for value in [composed, decomposed, .text("\u{0}a\u{FEFF}")] {
            var reader = ByteReader(bytes { $0.append(value: value) })
            #expect(try reader.value() == value)
        }
    }

    // MARK: Keys of cells

    /// The order of elements is that of their encodings, by whatever way it is found.
    @Test(arguments: Seed.samples(64))
    func elementsAreOrderedAsTheirBytes(seed: Seed) {
        var seed = seed
        func key(_ value: Value) -> Cell.Key {
            Cell.Key(field: FieldID(1), kind: .element, element: value)
        }
        for _ in 0..<100 {
            let values = (0..<2).map { _ -> Value in
                seed.oneIn(3)
                    ? seed.value()
                    : .text(seed.text() + String(repeating: "x", count: seed.oneIn(4) ? 127 : 0))
            }
            let encoded = values.map { value in bytes { $0.append(value: value) } }
            #expect(
                (key(values[0]) < key(values[1]))
                    == encoded[0].lexicographicallyPrecedes(encoded[1]))
        }
    }

    @Test(arguments: Seed.samples(64))
    func hexadecimalComesBack(seed: Seed) {
        var seed = seed
        let content = seed.bytes(seed.below(40))
        #expect([UInt8](hexadecimal: content.hexadecimal) == content)
        #expect([UInt8](hexadecimal: content.hexadecimal.uppercased()) == content)
        #expect([UInt8](hexadecimal: content.hexadecimal + "0") == nil)
        #expect([UInt8](hexadecimal: content.hexadecimal + "0g") == nil)
    }
}
