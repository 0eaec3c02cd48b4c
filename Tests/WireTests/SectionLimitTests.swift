import Model
import Testing

@testable import Wire

/// Sections that state one thing and bring another.
@Suite struct SectionLimitTests {
    /// A section of one change, `life: create`, whose parts can be replaced.
    struct Parts {
        var scope: [UInt8] = Scope.programme.bytes
        var firstNumber: UInt64 = 1
        var changeSets: UInt64 = 1
        var changes: UInt64 = 1
        var inflatedBytes: UInt64?
        var form: UInt8 = 0
        var payload: [UInt8] = Self.payload

        /// No device seen, one device, ordinal 0, action 1, time 0, one group of device 0: counter
        /// 1, entity 6, one change: create.
        static let payload: [UInt8] =
            [0, 1] + [1, 2, 3, 4, 5, 6, 7, 8] + [0, 2, 0, 1, 0, 2, 6, 1, 0]

        var section: SectionBytes {
            var writer = ByteWriter()
            writer.append(bytes: [UInt8](repeating: 9, count: 16))
            writer.append(bytes: scope)
            for number in [
                firstNumber, changeSets, changes, inflatedBytes ?? UInt64(payload.count),
            ] { writer.append(varint: number) }
            writer.append(byte: form)
            writer.append(bytes: payload)
            return SectionBytes(writer.bytes)
        }

        func reason() -> WireError.Reason? { WireTests.reason { try section.open() } }

        static func refusal(_ change: (inout Parts) -> Void) -> WireError.Reason? {
            var parts = Parts()
            change(&parts)
            return parts.reason()
        }
    }

    @Test func untouchedPartsAreAccepted() {
        #expect(Parts().reason() == nil)
    }

    @Test func headIsChecked() {
        #expect(Parts.refusal { $0.scope = [8] } == .malformed)
        #expect(Parts.refusal { $0.scope = [0] } == .malformed)
        #expect(Parts.refusal { $0.firstNumber = 0 } == .malformed)
        #expect(Parts.refusal { $0.firstNumber = .max } == .malformed)
        #expect(Parts.refusal { $0.changeSets = 0 } == .malformed)
        #expect(Parts.refusal { $0.changes = 0 } == .malformed)
        #expect(Parts.refusal { $0.changeSets = 2 } == .malformed)
        #expect(Parts.refusal { $0.changes = UInt64(Limits.sectionChangesMax) + 1 } == .tooMany)
        #expect(Parts.refusal { $0.changes = .max } == .tooMany)
        #expect(Parts.refusal { $0.changes = 100 } == .malformed)
        #expect(Parts.refusal { $0.form = 2 } == .malformed)
        #expect(Parts.refusal { $0.inflatedBytes = 20 } == .inflatesTooFar)
        #expect(Parts.refusal { $0.inflatedBytes = 18 } == .inflatesTooFar)
        #expect(Parts.refusal { $0.inflatedBytes = .max } == .tooLarge)
    }

    @Test func countsMustAgreeWithThePayload() {
        #expect(Parts.refusal { $0.changes = 2 } == .malformed)
        #expect(
            Parts.refusal {
                $0.changeSets = 2; $0.changes = 2
            } == .truncated)
        #expect(Parts.refusal { $0.payload += [0] } == .malformed)
        #expect(
            Parts.refusal {
                $0.payload += [0, 0, 0, 1, 0, 2, 6, 1, 0]
            } == .malformed)
        #expect(
            Parts.refusal {
                $0.payload += [0, 0, 0, 1, 0, 2, 6, 1, 0]
                $0.changeSets = 2
                $0.changes = 2
            } == nil)
    }

    @Test func payloadIsChecked() {
        // Unknown place in the dictionary.
        #expect(Parts.refusal { $0.payload[14] = 1 } == .malformed)
        // Empty change set, empty group.
        #expect(Parts.refusal { $0.payload[13] = 0 } == .malformed)
        #expect(Parts.refusal { $0.payload[17] = 0 } == .malformed)
        // More groups than bytes.
        #expect(Parts.refusal { $0.payload[13] = 100 } == .truncated)
        // Empty dictionary, and one larger than the changes.
        #expect(Parts.refusal { $0.payload = [0, 0, 0, 2, 0, 1, 0, 2, 6, 1, 0] } == .malformed)
        #expect(
            Parts.refusal {
                $0.payload = [0, 2] + [UInt8](repeating: 1, count: 16) + Parts.payload[10...]
            } == .malformed)
        // An operation code that its short form already has.
        #expect(
            Parts.refusal {
                $0.payload[18] = 15; $0.payload += [14, 0]
            } == .malformed)
        #expect(
            Parts.refusal {
                $0.payload[18] = 15; $0.payload += [0x80, 1, 0]
            } == .malformed)
        #expect(
            Parts.refusal {
                $0.payload[18] = 15; $0.payload += [15, 0]
            } == nil)
    }

    /// Three changes of two devices, each of a record of its own, by their places in the dictionary.
    private static func dictionary(_ devices: [UInt8], _ places: [UInt8]) -> WireError.Reason? {
        Parts.refusal {
            $0.changes = UInt64(places.count)
            $0.payload =
                [0, UInt8(devices.count)]
                + devices.flatMap { [UInt8](repeating: $0, count: 8) }
                + [0, 2, 0, UInt8(places.count)]
                + places.flatMap { [$0, 2, 6, 1, 0] }
        }
    }

    /// Anything else could make the bytes that stand for it more than it had.
    @Test func dictionaryIsThatOfAnEncoder() {
        #expect(Self.dictionary([7, 5], [0, 1, 0]) == nil)
        #expect(Self.dictionary([7, 5, 6], [0, 1, 2]) == nil)
        // In another order.
        #expect(Self.dictionary([7, 5], [1, 0, 1]) == .malformed)
        #expect(Self.dictionary([7, 5, 6], [0, 2, 1]) == .malformed)
        // Twice.
        #expect(Self.dictionary([7, 7], [0, 1, 0]) == .malformed)
        // Without an occurrence.
        #expect(Self.dictionary([7, 5], [0, 0, 0]) == .malformed)
    }

    /// A stream that is longer than what it holds.
    @Test func compressionThatMakesMoreOfItIsRefused() throws {
        let stream = Deflate.deflate(Parts.payload)
        #expect(stream.count > Parts.payload.count)
        #expect(
            Parts.refusal {
                $0.form = 1
                $0.inflatedBytes = UInt64(Parts.payload.count)
                $0.payload = stream
            } == .inflatesTooFar)
    }

    @Test func ordinalsThatOverflowAreRefused() {
        var parts = Parts()
        var writer = ByteWriter()
        writer.append(bytes: parts.payload[..<10])
        writer.append(varint: UInt64(UInt32.max))
        writer.append(bytes: parts.payload[11...])
        parts.payload = writer.bytes
        #expect(parts.reason() == nil)
        parts.payload += [0, 0, 0, 1, 0, 2, 6, 1, 0]
        parts.changeSets = 2
        parts.changes = 2
        #expect(parts.reason() == .malformed)
    }

    @Test func bombIsRefusedByWhatItStates() {
        // A stream of a thousand bytes can never become eight million.
        let refusal = Parts.refusal {
            $0.form = 1
            $0.inflatedBytes = UInt64(Limits.sectionInflatedBytesMax)
            $0.payload = [UInt8](repeating: 0x78, count: 1000)
        }
        #expect(refusal == .inflatesTooFar)
    }

    @Test func bombThatUnderstatesItselfIsCutOff() throws {
        let section = SectionTests.section(changes: 10_000, text: "0")
        let sealed = SectionBytes.seal(section, salt: [UInt8](repeating: 1, count: 16))
        let outline = try sealed.outline()
        var reader = ByteReader(sealed.bytes)
        _ = try reader.bytes(count: 17)
        for _ in 0..<4 { _ = try reader.varint() }
        _ = try reader.byte()
        let stream = try reader.bytes(count: reader.remaining)
        func opened(_ inflatedBytes: Int, _ stream: [UInt8]) -> WireError.Reason? {
            Parts.refusal {
                $0.changes = 10_000
                $0.inflatedBytes = UInt64(inflatedBytes)
                $0.form = 1
                $0.payload = stream
            }
        }
        #expect(opened(outline.inflatedBytes, stream) == nil)
        #expect(opened(outline.inflatedBytes - 1, stream) == .inflatesTooFar)
        #expect(opened(outline.inflatedBytes + 1, stream) == .inflatesTooFar)
        #expect(opened(outline.inflatedBytes, stream + [0]) == .malformed)
        #expect(opened(outline.inflatedBytes, Array(stream.dropLast())) != nil)
    }
}
