package import Cryptography
package import Model

/// A batch whose header was signed by the device it names, and whose sections are those that the
/// header names. Only ``verify(_:key:programme:isWhole:)`` makes one.
///
/// What it does not say: whether the device may write (that is the certificate's and the
/// admission's business) and whether it follows the device's previous batch.
package struct VerifiedBatch: Hashable, Sendable {
    package let batch: SealedBatch
    package let header: BatchHeader

    package var id: Digest { batch.id }

    private init(batch: SealedBatch, header: BatchHeader) {
        self.batch = batch
        self.header = header
    }

    /// Checks a batch; nothing is inflated.
    ///
    /// - Parameters:
    ///   - batch: the batch as received.
    ///   - key: the key of the device that the header names.
    ///   - programme: the programme that the batch must belong to.
    ///   - isWhole: whether every section that the header names must be there.
    /// - Returns: the batch, as one that can be relied on.
    /// - Throws: ``WireError`` for the first thing that is not as it must be.
    package static func verify(
        _ batch: SealedBatch, key: PublicKey, programme: ProgrammeID, isWhole: Bool
    ) throws(WireError) -> VerifiedBatch {
        let header = try batch.header()
        guard header.programme == programme else {
            throw WireError(
                .wrongProgramme, "The batch belongs to programme \(header.programme.text).")
        }
        guard header.device == DeviceID(key) else {
            throw WireError(
                .wrongDevice, "The key does not belong to device \(header.device.text).")
        }
        guard key.isValid(batch.signature, for: batch.headerBytes, domain: .batch) else {
            throw WireError(
                .badSignature, "Device \(header.device.text) did not sign the batch.")
        }
        try checkSections(batch.sections, named: header.sectionHashes, isWhole: isWhole)
        for section in batch.sections {
            try checkRestatement(of: section, batch: batch.id, programme: programme)
        }
        return VerifiedBatch(batch: batch, header: header)
    }

    /// Bytes that stand for erased ones are those that the hub said would.
    private static func checkRestatement(
        of section: SectionBytes, batch: Digest, programme: ProgrammeID
    ) throws(WireError) {
        guard let signed = section.restatement else { return }
        let restatement = try signed.verify(programme: programme)
        guard restatement.batch == batch, restatement.section == section.hash,
            restatement.restated == Digest.of(section.bytes, domain: .section)
        else {
            throw WireError(.badHash, "A restated section is not the one the hub speaks of.")
        }
    }

    /// Both lists ascend, so one walk over them suffices.
    private static func checkSections(
        _ sections: [SectionBytes], named hashes: [Digest], isWhole: Bool
    ) throws(WireError) {
        var rest = hashes[...]
        for section in sections {
            guard let index = rest.firstIndex(of: section.hash) else {
                throw WireError(
                    .badHash, "A section is not among those of the batch, or out of order.")
            }
            rest = rest[(index + 1)...]
        }
        guard !isWhole || sections.count == hashes.count else {
            throw WireError(
                .badHash, "Of \(hashes.count) sections only \(sections.count) are there.")
        }
    }
}
