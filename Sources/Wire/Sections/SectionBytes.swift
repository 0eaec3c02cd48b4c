package import Model

/// The bytes of one section, as they are hashed, signed, sent and stored.
///
///     16 random bytes ‖ scope ‖ first number ‖ change sets ‖ changes ‖ inflated bytes ‖ form ‖ payload
///
/// The four numbers are varints. The form is one byte: 0 for a payload as it is, 1 for a zlib
/// stream of it. `protocol/sections.md` describes all of it to the byte.
///
/// The random bytes make the hash, which stands in a header that everybody gets, worthless for
/// guessing what is in a section that one may not read.
package struct SectionBytes: Hashable, Sendable {
    package let bytes: [UInt8]
    /// The hash of the bytes; it names the section in headers and admissions.
    package let hash: Digest

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = Digest.of(bytes, domain: .section)
    }

    package static func == (left: SectionBytes, right: SectionBytes) -> Bool {
        left.hash == right.hash
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }

    /// Returns what the head says, without inflating anything.
    package func outline() throws(WireError) -> SectionOutline {
        try SectionOutline(reading: bytes)
    }

    /// Inflates and decodes the section. Every bound is checked before the work it bounds.
    package func open() throws(WireError) -> Section {
        let outline = try outline()
        let payload =
            outline.isCompressed
            ? try Deflate.inflate(bytes, from: outline.payloadOffset, to: outline.inflatedBytes)
            : Array(bytes[outline.payloadOffset...])
        return try SectionDecoder.decode(payload, outline: outline)
    }

    /// Encodes a section.
    ///
    /// - Parameters:
    ///   - section: at least one change set, within all limits; anything else is a bug here, since
    ///     nobody would accept the result.
    ///   - salt: sixteen new random bytes.
    /// - Returns: the bytes, compressed if that makes them fewer.
    package static func seal(_ section: Section, salt: [UInt8]) -> SectionBytes {
        precondition(salt.count == WireFormat.saltByteCount, "A salt has 16 bytes.")
        precondition(section.firstNumber > 0, "Changes are numbered from 1.")
        precondition(!section.changeSets.isEmpty, "A section holds at least one change set.")
        let payload = SectionEncoder.encode(section)
        precondition(
            payload.count <= Limits.sectionInflatedBytesMax, "A section keeps to the limits.")
        let compressed = Deflate.deflate(payload)
        let isSmaller = compressed.count < payload.count
        var writer = ByteWriter(
            reservingCapacity: 80 + (isSmaller ? compressed.count : payload.count))
        writer.append(bytes: salt)
        writer.append(bytes: section.scope.bytes)
        writer.append(varint: section.firstNumber)
        writer.append(count: section.changeSets.count)
        writer.append(count: section.changeCount)
        writer.append(count: payload.count)
        writer.append(byte: isSmaller ? 1 : 0)
        writer.append(bytes: isSmaller ? compressed : payload)
        return SectionBytes(writer.bytes)
    }
}
