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
    /// The hash of the bytes as the author sealed them; it names the section in headers and
    /// admissions. Of restated bytes it is what ``restatement`` says, to be believed only once
    /// that is verified.
    package let hash: Digest
    /// What the hub says of bytes that stand for erased ones; nil for a section as its author
    /// sealed it.
    package let restatement: Restatement.Signed?

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        restatement = nil
        hash = Digest.of(bytes, domain: .section)
    }

    /// Bytes from which texts were erased, or as they were sealed where nothing is said of them.
    package init(_ bytes: [UInt8], restatement: Restatement.Signed?) throws(WireError) {
        self.bytes = bytes
        self.restatement = restatement
        hash = try restatement?.unverified().section ?? Digest.of(bytes, domain: .section)
    }

    package static func == (left: SectionBytes, right: SectionBytes) -> Bool {
        left.hash == right.hash
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }

    /// Returns what the head says, without inflating anything.
    package func outline() throws(WireError) -> SectionOutline {
        restatement == nil
            ? try SectionOutline(reading: bytes)
            : try SectionOutline(reading: bytes, bytesMax: WireFormat.restatedBatchBytesMax)
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
        let payload = SectionEncoder.encode(section)
        precondition(
            payload.count <= Limits.sectionInflatedBytesMax, "A section keeps to the limits.")
        return SectionBytes(bytes(of: section, payload, salt: salt, compresses: true))
    }

    private static func bytes(
        of section: Section, _ payload: [UInt8], salt: [UInt8], compresses: Bool
    ) -> [UInt8] {
        precondition(salt.count == WireFormat.saltByteCount, "A salt has 16 bytes.")
        precondition(section.firstNumber > 0, "Changes are numbered from 1.")
        precondition(!section.changeSets.isEmpty, "A section holds at least one change set.")
        let compressed = compresses ? Deflate.deflate(payload) : payload
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
        return writer.bytes
    }

    /// The bytes that stand for this section once the changes at these places are erased.
    ///
    /// They are the same wherever they are made: the payload is not compressed, because compressors
    /// differ, and the salt follows from the section's hash. The salt of the author must go with the
    /// texts, or with its help they could be guessed at by the hash that stays in the header.
    ///
    /// - Parameter places: of changes, counted from 0 through all change sets; those that were
    ///   erased before among them.
    /// - Returns: the bytes, for a ``Restatement`` to vouch for.
    /// - Throws: ``WireError`` if the section cannot be opened, or the bytes would be too many.
    package func restatedBytes(erasing places: [Int]) throws(WireError) -> [UInt8] {
        let salt = Digest.of(hash.bytes, domain: .restatementSalt).bytes
        let section = try open().restated(erasing: places)
        let payload = SectionEncoder.encode(section)
        try Limit.bytes(
            payload.count, atMost: Limits.sectionInflatedBytesMax, "restated section")
        return Self.bytes(
            of: section, payload, salt: Array(salt.prefix(WireFormat.saltByteCount)),
            compresses: false)
    }
}
