package import Model

/// What the head of a section says, readable without inflating anything.
package struct SectionOutline: Hashable, Sendable {
    package let scope: Scope
    package let firstNumber: UInt64
    package let changeSetCount: Int
    package let changeCount: Int
    /// Bytes of the payload after inflating.
    package let inflatedBytes: Int
    /// Whether the payload is compressed.
    let isCompressed: Bool
    /// Where the payload starts.
    let payloadOffset: Int

    /// The number of the last change.
    package var lastNumber: UInt64 { firstNumber + UInt64(changeCount) - 1 }

    /// Reads the head of a section and checks that everything it states is within the limits.
    init(
        reading bytes: [UInt8], bytesMax: Int = Limits.batchBytesMax
    ) throws(WireError) {
        try Limit.bytes(bytes.count, atMost: bytesMax, "section")
        let raw = try Self.head(of: bytes)
        guard let scope = Scope(bytes: raw.scope) else {
            throw WireError(.malformed, "The section's scope is not of a known form.")
        }
        guard raw.firstNumber > 0 else {
            throw WireError(.malformed, "The section's changes are numbered from zero.")
        }
        guard raw.changeSets > 0, raw.changes >= raw.changeSets else {
            throw WireError(.malformed, "The section holds no changes, or empty change sets.")
        }
        guard raw.changes <= UInt64(Limits.sectionChangesMax) else {
            throw WireError(.tooMany, "The section states \(raw.changes) changes.")
        }
        guard raw.firstNumber <= UInt64.max - raw.changes else {
            throw WireError(.malformed, "The section's changes have numbers without end.")
        }
        guard raw.inflatedBytes <= UInt64(Limits.sectionInflatedBytesMax) else {
            throw WireError(.tooLarge, "The section states \(raw.inflatedBytes) bytes.")
        }
        guard raw.changes <= raw.inflatedBytes else {
            throw WireError(
                .malformed, "The section states more changes than its payload has bytes.")
        }
        guard raw.form <= 1 else {
            throw WireError(.malformed, "The section's payload has the unknown form \(raw.form).")
        }
        self.scope = scope
        firstNumber = raw.firstNumber
        changeSetCount = Int(raw.changeSets)
        changeCount = Int(raw.changes)
        inflatedBytes = Int(raw.inflatedBytes)
        isCompressed = raw.form == 1
        payloadOffset = raw.payloadOffset
        let storedBytes = bytes.count - payloadOffset
        guard
            isCompressed
                ? storedBytes < inflatedBytes
                    && inflatedBytes / WireFormat.inflationRatioMax <= storedBytes
                : inflatedBytes == storedBytes
        else {
            throw WireError(
                .inflatesTooFar,
                "The section states \(inflatedBytes) bytes but brings \(storedBytes).")
        }
    }

    private struct Head {
        var scope: [UInt8] = []
        var firstNumber: UInt64 = 0
        var changeSets: UInt64 = 0
        var changes: UInt64 = 0
        var inflatedBytes: UInt64 = 0
        var form: UInt8 = 0
        var payloadOffset = 0
    }

    private static func head(of bytes: [UInt8]) throws(WireError) -> Head {
        do throws(DecodingFailure) {
            var reader = ByteReader(bytes)
            var head = Head()
            _ = try reader.bytes(count: WireFormat.saltByteCount)
            let kind = try reader.peekByte()
            let memberCount = Scope.Kind(rawValue: kind)?.memberCount ?? 0
            head.scope = try reader.bytes(count: 1 + 16 * memberCount)
            head.firstNumber = try reader.varint()
            head.changeSets = try reader.varint()
            head.changes = try reader.varint()
            head.inflatedBytes = try reader.varint()
            head.form = try reader.byte()
            head.payloadOffset = reader.offset
            return head
        } catch {
            throw WireError(error, in: "head of the section")
        }
    }
}
