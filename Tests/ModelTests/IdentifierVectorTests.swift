import Model
import Testing

/// `protocol/vectors/identifiers.json`.
@Suite struct IdentifierVectorTests {
    private let vectors: Vectors.Identifiers

    init() throws { vectors = try ProtocolFolder.vectors("identifiers") }

    private func bytes(_ text: String) throws -> [UInt8] {
        try #require([UInt8](hexadecimal: text))
    }

    @Test func recordsHaveTheseBytes() throws {
        for vector in vectors.records {
            let record = RecordID(
                device: try #require(DeviceID(text: vector.device)), counter: vector.counter)
            #expect(record.text == vector.bytes)
            #expect(RecordID(text: vector.bytes.uppercased()) == record)
            // Any collection of bytes will do, contiguous or not.
            #expect(RecordID(bytes: try bytes(vector.bytes).reversed().reversed()) == record)
            #expect(RecordID(bytes: try bytes(vector.bytes).lazy.map { $0 }) == record)
            #expect(RecordID(bytes: try bytes(vector.bytes).dropLast()) == nil)
        }
    }

    @Test func scopesHaveTheseBytes() throws {
        #expect(Set(vectors.scopes.map(\.kind)) == Set(Scope.Kind.allCases.map(\.name)))
        for vector in vectors.scopes {
            let scope = try Scope(vector: vector.bytes)
            #expect(scope.bytes.hexadecimal == vector.bytes)
            #expect(scope.kind.name == vector.kind)
            #expect(scope.members.map(\.text) == vector.members)
        }
        for refused in vectors.refusedScopes {
            #expect(Scope(bytes: try bytes(refused.bytes)) == nil, "\(refused.name)")
        }
    }

    @Test func numbersHaveTheseBytes() throws {
        for vector in vectors.varints {
            var reader = ByteReader(try bytes(vector.bytes))
            let number = try reader.varint()
            #expect(String(number) == vector.number)
            var writer = ByteWriter()
            writer.append(varint: number)
            #expect(writer.bytes.hexadecimal == vector.bytes)
        }
        for vector in vectors.zigzags {
            var reader = ByteReader(try bytes(vector.bytes))
            let number = try reader.zigzag()
            #expect(String(number) == vector.number)
            var writer = ByteWriter()
            writer.append(zigzag: number)
            #expect(writer.bytes.hexadecimal == vector.bytes)
        }
        for refused in vectors.refusedVarints {
            var reader = ByteReader(try bytes(refused.bytes))
            #expect(throws: DecodingFailure.self, "\(refused.name)") { try reader.varint() }
        }
    }

    @Test func valuesHaveTheseBytes() throws {
        for vector in vectors.values {
            var reader = ByteReader(try bytes(vector.bytes))
            let value = try reader.value()
            try reader.requireEnd()
            #expect(try value == vector.value.value())
            var writer = ByteWriter()
            writer.append(value: value)
            #expect(writer.bytes.hexadecimal == vector.bytes)
        }
        for refused in vectors.refusedValues {
            var reader = ByteReader(try bytes(refused.bytes))
            #expect(throws: DecodingFailure.self, "\(refused.name)") {
                _ = try reader.value()
                try reader.requireEnd()
            }
        }
    }
}
