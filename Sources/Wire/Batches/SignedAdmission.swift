package import Cryptography
import Foundation
package import Model
import SwiftProtobuf

/// The hub's decision on a batch as it travels and is stored: a signed core, and the decisions on
/// those sections that the holder may read. Nothing in it is to be believed before `verify`.
package struct SignedAdmission: Hashable, Sendable {
    /// The bytes that the hub signed.
    package let coreBytes: [UInt8]
    package let signature: Signature
    /// Encoded decisions on sections, ascending by their hashes, as in the core.
    package let sectionBytes: [[UInt8]]

    package init(coreBytes: [UInt8], signature: Signature, sectionBytes: [[UInt8]]) {
        self.coreBytes = coreBytes
        self.signature = signature
        self.sectionBytes = sectionBytes
    }

    /// A core that was kept apart from its decisions, with any of these, in any order.
    package init(coreBytes: [UInt8], signature: Signature, decisions: [[UInt8]]) {
        self.init(
            coreBytes: coreBytes, signature: signature,
            sectionBytes: Self.inOrder(decisions).map(\.bytes))
    }

    /// The hash by which a core, and a scope's chain, name an encoded decision on a section.
    package static func hash(ofDecision bytes: [UInt8]) -> Digest {
        Digest.of(bytes, domain: .sectionAdmission)
    }

    private static func inOrder(_ decisions: [[UInt8]]) -> [(hash: Digest, bytes: [UInt8])] {
        decisions.map { (hash: hash(ofDecision: $0), bytes: $0) }.sorted { $0.hash < $1.hash }
    }

    /// Signs the hub's decision on a whole batch.
    package static func sign(_ admission: Admission, key: SigningKey) -> SignedAdmission {
        precondition(
            (1...Limits.batchSectionsMax).contains(admission.sections.count),
            "An admission has sections, within the limits.")
        let parts = inOrder(admission.sections.map(\.encodedBytes))
        var core = Waymark_V1_AdmissionCore()
        core.batch = admission.batch.data
        core.position = admission.position.message
        core.receipt = admission.receipt.milliseconds
        core.sectionAdmissionHashes = parts.map(\.hash.data)
        let coreBytes = core.encoded
        return SignedAdmission(
            coreBytes: coreBytes, signature: key.sign(coreBytes, domain: .admission),
            sectionBytes: parts.map(\.bytes))
    }

    /// Checks the signature and that the decisions are those that the core names.
    ///
    /// - Parameters:
    ///   - hubKey: the key of the programme's hub.
    ///   - isWhole: whether the decisions on all sections must be there.
    /// - Returns: the admission with the decisions that are there, ascending by section.
    /// - Throws: ``WireError`` for the first thing that is not as it must be.
    package func verify(
        hubKey: PublicKey, isWhole: Bool
    ) throws(WireError) -> Admission {
        try Limit.bytes(
            coreBytes.count, atMost: WireFormat.admissionCoreBytesMax, "core of an admission")
        guard hubKey.isValid(signature, for: coreBytes, domain: .admission) else {
            throw WireError(.badSignature, "The hub did not sign the admission.")
        }
        let core = try Waymark_V1_AdmissionCore(reading: coreBytes, "core of an admission")
        try Limit.count(
            core.sectionAdmissionHashes.count, in: 1...Limits.batchSectionsMax,
            "sections in an admission")
        let hashes = try Digest.ascending(
            core.sectionAdmissionHashes, "list of section admissions")
        var rest = hashes[...]
        var sections: [SectionAdmission] = []
        sections.reserveCapacity(sectionBytes.count)
        for bytes in sectionBytes {
            let hash = Self.hash(ofDecision: bytes)
            guard let index = rest.firstIndex(of: hash) else {
                throw WireError(
                    .badHash, "A section's decision is not in the admission, or out of order.")
            }
            rest = rest[(index + 1)...]
            sections.append(try SectionAdmission(encodedBytes: bytes))
        }
        guard !isWhole || sections.count == hashes.count else {
            throw WireError(
                .badHash, "Of \(hashes.count) decisions only \(sections.count) are there.")
        }
        sections.sort { $0.section < $1.section }
        for (left, right) in zip(sections, sections.dropFirst())
        where left.section == right.section {
            throw WireError(.malformed, "An admission decides on a section twice.")
        }
        return Admission(
            batch: try Digest(core.batch, "batch of an admission"),
            position: try Position(core.position), receipt: HubTime(milliseconds: core.receipt),
            sections: sections)
    }

    /// The admission for a reader who gets only some sections of the batch.
    ///
    /// - Parameter hashes: the hashes of the sections that they get.
    /// - Returns: the same signed core with fewer decisions.
    package func keepingSections(_ hashes: Set<Digest>) -> SignedAdmission {
        SignedAdmission(
            coreBytes: coreBytes, signature: signature,
            sectionBytes: sectionBytes.filter { bytes in
                guard let admission = try? SectionAdmission(encodedBytes: bytes) else {
                    return false
                }
                return hashes.contains(admission.section)
            })
    }

    /// The same signed core with these decisions, in any order.
    package func with(decisions: [[UInt8]]) -> SignedAdmission {
        SignedAdmission(coreBytes: coreBytes, signature: signature, decisions: decisions)
    }

    /// Whether the core names the decisions that are here; says nothing of the signature.
    package var namesItsSections: Bool {
        guard let core = try? Waymark_V1_AdmissionCore(reading: coreBytes, "core") else {
            return false
        }
        let hashes = Set(core.sectionAdmissionHashes.map { Array($0) })
        return sectionBytes.allSatisfy {
            hashes.contains(Self.hash(ofDecision: $0).bytes)
        }
    }

    /// The encoded decision on one section, if it is there; `SectionAdmission` reads it.
    package func bytes(of section: Digest) -> [UInt8]? {
        sectionBytes.first { (try? SectionAdmission(encodedBytes: $0))?.section == section }
    }

    package var encodedBytes: [UInt8] { message.encoded }

    package init(encodedBytes: [UInt8]) throws(WireError) {
        try Limit.bytes(encodedBytes.count, atMost: Limits.batchBytesMax, "admission")
        try self.init(try Waymark_V1_Admission(reading: encodedBytes, "admission"))
    }

    var message: Waymark_V1_Admission {
        var message = Waymark_V1_Admission()
        message.core = Data(coreBytes)
        message.signature = Data(signature.bytes)
        message.sections = sectionBytes.map { Data($0) }
        return message
    }

    init(_ message: Waymark_V1_Admission) throws(WireError) {
        try Limit.bytes(
            message.core.count, atMost: WireFormat.admissionCoreBytesMax, "core of an admission")
        guard !message.core.isEmpty else {
            throw WireError(.malformed, "An admission has no core.")
        }
        try Limit.count(
            message.sections.count, in: 0...Limits.batchSectionsMax, "sections in an admission")
        self.init(
            coreBytes: Array(message.core),
            signature: try Signature(message.signature, "signature of an admission"),
            sectionBytes: message.sections.map { Array($0) })
    }
}
