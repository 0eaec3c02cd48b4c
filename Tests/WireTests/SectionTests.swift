import Cryptography
import Model
import Testing
import Wire

@Suite struct SectionTests {
    let salt = [UInt8](repeating: 7, count: 16)

    @Test(arguments: WireSamples.seeds(200))
    func openedSectionIsWhatWasSealed(seed: UInt64) throws {
        var samples = WireSamples(seed: seed)
        let section = samples.section()
        let sealed = SectionBytes.seal(section, salt: samples.bytes(16))
        #expect(try sealed.open() == section)
        let outline = try sealed.outline()
        #expect(outline.scope == section.scope)
        #expect(outline.firstNumber == section.firstNumber)
        #expect(outline.changeSetCount == section.changeSets.count)
        #expect(outline.changeCount == section.changeCount)
        #expect(outline.lastNumber == section.lastNumber)
    }

    @Test func hashDependsOnTheSalt() {
        let section = Self.small()
        let other = SectionBytes.seal(section, salt: [UInt8](repeating: 8, count: 16))
        #expect(SectionBytes.seal(section, salt: salt).hash != other.hash)
    }

    @Test func smallSectionIsStoredAsItIs() throws {
        let sealed = SectionBytes.seal(Self.small(), salt: salt)
        #expect(sealed.bytes.count < 60)
        #expect(sealed.bytes.count == (try sealed.outline().inflatedBytes) + 16 + 1 + 5)
    }

    @Test func repetitiveSectionIsCompressed() throws {
        let section = Self.section(changes: 1000, text: "water the plants")
        let sealed = SectionBytes.seal(section, salt: salt)
        #expect(sealed.bytes.count * 4 < (try sealed.outline().inflatedBytes))
        #expect(try sealed.open() == section)
    }

    @Test func unknownOperationsAreKept() throws {
        for code: UInt8 in [9, 14, 15, 16, 127] {
            let section = Self.section([.opaque(code: code, operand: [1, 2, 3])])
            #expect(try SectionBytes.seal(section, salt: salt).open() == section)
        }
    }

    @Test func largestNumbersSurvive() throws {
        let changes = [UInt64.max, 0, UInt64.max / 2, 1].map { counter in
            Change(
                record: RecordID(device: DeviceID(rawValue: .max), counter: counter),
                entity: EntityID(.max), field: FieldID(.max), operation: .contribute(.min))
        }
        let section = Section(
            scope: .programme, firstNumber: UInt64.max - 8,
            beyond: [DeviceNumber(device: DeviceID(rawValue: .max), number: .max)],
            changeSets: [
                ChangeSet(
                    ordinal: 0, action: .max, claimed: ClaimedTime(milliseconds: .min),
                    changes: changes),
                ChangeSet(
                    ordinal: .max, action: 0, claimed: ClaimedTime(milliseconds: .max),
                    changes: changes),
            ])
        #expect(try SectionBytes.seal(section, salt: salt).open() == section)
    }

    @Test func largestValueIsAcceptedAndALargerOneRefused() throws {
        func section(_ count: Int) -> Section {
            Self.section([.set(.bytes([UInt8](repeating: 1, count: count)))])
        }
        let most = section(Limits.valueBytesMax)
        #expect(try SectionBytes.seal(most, salt: salt).open() == most)
        let tooLarge = SectionBytes.seal(section(Limits.valueBytesMax + 20), salt: salt)
        #expect(reason { try tooLarge.open() } == .tooLarge)
    }

    @Test(arguments: WireSamples.seeds(8))
    func everyTruncationIsRefused(seed: UInt64) {
        var samples = WireSamples(seed: seed)
        let bytes = samples.sectionBytes().bytes
        for count in 0..<bytes.count {
            let cut = SectionBytes(Array(bytes[..<count]))
            #expect(throws: WireError.self) { try cut.open() }
        }
    }

    @Test(arguments: WireSamples.seeds(8))
    func trailingBytesAreRefused(seed: UInt64) {
        var samples = WireSamples(seed: seed)
        let longer = SectionBytes(samples.sectionBytes().bytes + [0])
        #expect(throws: WireError.self) { try longer.open() }
    }

    @Test(arguments: WireSamples.seeds(8))
    func everyFlippedBitChangesTheHashAndNeverCrashes(seed: UInt64) {
        var samples = WireSamples(seed: seed)
        let sealed = samples.sectionBytes()
        for mutated in mutations(of: sealed.bytes) {
            let section = SectionBytes(mutated)
            #expect(section.hash != sealed.hash)
            _ = try? section.open()
        }
    }

    @Test func flippedBitsInsideACompressedPayloadNeverCrash() {
        let sealed = SectionBytes.seal(Self.section(changes: 60, text: "again"), salt: salt)
        for mutated in mutations(of: sealed.bytes) { _ = try? SectionBytes(mutated).open() }
    }

    @Test(arguments: WireSamples.seeds(300))
    func arbitraryPayloadNeverCrashes(seed: UInt64) {
        var samples = WireSamples(seed: seed)
        let payload = samples.bytes(64 + samples.below(64)).map { $0 & 0x1F }
        var writer = ByteWriter()
        writer.append(bytes: salt)
        writer.append(byte: 1)
        writer.append(varint: 1)
        writer.append(varint: 1 + UInt64(samples.below(3)))
        writer.append(varint: 3 + UInt64(samples.below(8)))
        writer.append(count: payload.count)
        writer.append(byte: 0)
        writer.append(bytes: payload)
        _ = try? SectionBytes(writer.bytes).open()
    }

    static func small() -> Section { section([.set(.text("a"))]) }

    static func section(_ operations: [Change.Operation]) -> Section {
        let record = RecordID(device: DeviceID(rawValue: 0x0102_0304_0506_0708), counter: 1)
        return Section(
            scope: .programme, firstNumber: 1,
            changeSets: [
                ChangeSet(
                    ordinal: 0, action: 1, claimed: ClaimedTime(milliseconds: 0),
                    changes: operations.map {
                        Change(
                            record: record, entity: EntityID(6), field: FieldID(1),
                            operation: $0)
                    })
            ])
    }

    static func section(changes: Int, text: String) -> Section {
        section([Change.Operation](repeating: .set(.text(text)), count: changes))
    }
}

/// All byte strings that differ from the given one in a single bit.
func mutations(of bytes: [UInt8]) -> some Sequence<[UInt8]> {
    (0..<bytes.count * 8).lazy.map { bit in
        var mutated = bytes
        mutated[bit / 8] ^= 1 << UInt8(bit % 8)
        return mutated
    }
}

/// The reason with which the body is refused; nil if it is not.
func reason(_ body: () throws -> some Any) -> WireError.Reason? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? WireError)?.reason
    }
}
