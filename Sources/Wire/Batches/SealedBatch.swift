package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// A batch as it travels and is stored: the signed header, and those of its sections that the
/// holder may read. Nothing in it is to be believed before ``VerifiedBatch/verify(_:key:programme:isWhole:)``.
///
/// The header's bytes are kept as they were received, because they are what is signed.
package struct SealedBatch: Hashable, Sendable {
    package let headerBytes: [UInt8]
    package let signature: Signature
    /// Ascending by hash, as in the header.
    package let sections: [SectionBytes]
    /// The hash of the header. The signature is no part of it, so a batch that was signed again
    /// is the same batch.
    package let id: Digest

    package init(headerBytes: [UInt8], signature: Signature, sections: [SectionBytes]) {
        self.init(
            headerBytes: headerBytes, signature: signature, sections: sections,
            id: Digest.of(headerBytes, domain: .batchID))
    }

    private init(
        headerBytes: [UInt8], signature: Signature, sections: [SectionBytes], id: Digest
    ) {
        self.headerBytes = headerBytes
        self.signature = signature
        self.sections = sections
        self.id = id
    }

    /// Seals a device's next batch.
    ///
    /// - Parameters:
    ///   - programme: the programme that it belongs to.
    ///   - sequence: the device's count of batches, from 1.
    ///   - previous: the id of the device's last batch; zero for the first one.
    ///   - context: the position that was applied when the changes were made.
    ///   - schemaVersion: of the entities that the changes are about.
    ///   - sections: at least one, at most one a scope, in any order.
    ///   - key: the device's key.
    /// - Returns: the batch with all its sections.
    package static func seal(
        programme: ProgrammeID, sequence: UInt64, previous: Digest, context: Position,
        schemaVersion: UInt32, sections: [SectionBytes], key: SigningKey
    ) -> SealedBatch {
        precondition((sequence == 1) == (previous == .zero), "Only the first has no previous.")
        precondition(
            (1...Limits.batchSectionsMax).contains(sections.count),
            "A batch has sections, within the limits.")
        let ordered = sections.sorted { $0.hash < $1.hash }
        let header = BatchHeader(
            formatVersion: WireFormat.batchVersion, programme: programme,
            device: DeviceID(key.publicKey), sequence: sequence, previous: previous,
            context: context, schemaVersion: schemaVersion, sectionHashes: ordered.map(\.hash))
        let headerBytes = header.headerBytes
        return SealedBatch(
            headerBytes: headerBytes, signature: key.sign(headerBytes, domain: .batch),
            sections: ordered)
    }

    /// Reads the header, without believing it.
    package func header() throws(WireError) -> BatchHeader {
        try BatchHeader(headerBytes: headerBytes)
    }

    /// The batch for a reader who may read only some of its sections.
    package func keepingSections(where isKept: (SectionBytes) throws -> Bool) rethrows
        -> SealedBatch
    {
        SealedBatch(
            headerBytes: headerBytes, signature: signature,
            sections: try sections.filter(isKept), id: id)
    }

    package var encodedBytes: [UInt8] { message.encoded }

    package init(encodedBytes: [UInt8]) throws(WireError) {
        try Limit.bytes(encodedBytes.count, atMost: Limits.batchBytesMax, "batch")
        try self.init(try Waymark_V1_Batch(reading: encodedBytes, "batch"))
    }

    var message: Waymark_V1_Batch {
        var message = Waymark_V1_Batch()
        message.header = Data(headerBytes)
        message.signature = Data(signature.bytes)
        message.sections = sections.map { Data($0.bytes) }
        message.restatements = sections.compactMap { $0.restatement?.message }
        return message
    }

    init(_ message: Waymark_V1_Batch) throws(WireError) {
        try Limit.bytes(
            message.header.count, atMost: WireFormat.headerBytesMax, "header of a batch")
        guard !message.header.isEmpty else {
            throw WireError(.malformed, "A batch has no header.")
        }
        try Limit.count(
            message.sections.count, in: 0...Limits.batchSectionsMax, "sections in a batch")
        let total = message.sections.reduce(message.header.count) { $0 + $1.count }
        // Restated bytes are not compressed, so together they may be more than the author sent.
        try Limit.bytes(
            total,
            atMost: message.restatements.isEmpty
                ? Limits.batchBytesMax : WireFormat.restatedBatchBytesMax, "batch")
        try Limit.count(
            message.restatements.count, in: 0...message.sections.count, "restatements in a batch")
        var restatements: [Digest: Restatement.Signed] = [:]
        for message in message.restatements {
            let signed = try Restatement.Signed(message)
            restatements[try signed.unverified().restated] = signed
        }
        self.init(
            headerBytes: Array(message.header),
            signature: try Signature(message.signature, "signature of a batch"),
            sections: try message.sections.map { data throws(WireError) in
                let sealed = SectionBytes(Array(data))
                return try SectionBytes(sealed.bytes, restatement: restatements[sealed.hash])
            })
    }
}
