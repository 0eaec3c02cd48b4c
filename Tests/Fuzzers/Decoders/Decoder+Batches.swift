import Cryptography
import Model
@testable import Wire

extension Decoder {
    /// What devices write and the hub decides, as it travels and is stored.
    static let batches: [Decoder] = [
        Decoder("header", byteCountMax: 1024, seeds: { try $0.bytes("batches", key: "header") }) {
            bytes in
            let header = try BatchHeader(headerBytes: bytes)
            again(header) { try BatchHeader(headerBytes: header.headerBytes) }
        },
        Decoder("batch", byteCountMax: 2048, seeds: { try $0.bytes("batches") }) { bytes in
            let batch = try SealedBatch(encodedBytes: bytes)
            again(batch) { try SealedBatch(encodedBytes: batch.encodedBytes) }
            _ = try batch.header()
        },
        Decoder("section", byteCountMax: 2048, seeds: { try $0.bytes("sections") }) { bytes in
            let sealed = SectionBytes(bytes)
            let outline = try sealed.outline()
            let section = try sealed.open()
            precondition(section.changeCount == outline.changeCount)
            let salt = Array(bytes.prefix(16))
            again(section) { try SectionBytes.seal(section, salt: salt).open() }
        },
        Decoder(
            "decision", byteCountMax: 1024, seeds: { try admissions($0).flatMap(\.sectionBytes) }
        ) { bytes in
            let decision = try SectionAdmission(encodedBytes: bytes)
            again(decision) { try SectionAdmission(encodedBytes: decision.encodedBytes) }
        },
        Decoder("admission", byteCountMax: 2048, seeds: { try $0.bytes("admissions") }) { bytes in
            let signed = try SignedAdmission(encodedBytes: bytes)
            again(signed) { try SignedAdmission(encodedBytes: signed.encodedBytes) }
            _ = signed.namesItsSections
            _ = try signed.verify(hubKey: Keys.hub.publicKey, isWhole: false)
        },
        Decoder("core", byteCountMax: 1024, seeds: { try admissions($0).map(\.coreBytes) }) {
            bytes in
            let signed = SignedAdmission(
                coreBytes: bytes, signature: Keys.noSignature, sectionBytes: [])
            _ = try signed.verify(hubKey: Keys.hub.publicKey, isWhole: false)
        },
        Decoder(
            "certificate", byteCountMax: 512,
            seeds: { try certificates($0).map(\.certificateBytes) }
        ) { bytes in
            let hub = Keys.hub
            let certificate = try DeviceCertificate.Signed(
                certificateBytes: bytes, signature: Keys.noSignature
            ).verify(hubKey: hub.publicKey)
            again(certificate) { try certificate.sign(with: hub).verify(hubKey: hub.publicKey) }
        },
        Decoder(
            "signedCertificate", byteCountMax: 1024,
            seeds: { try certificates($0).map(\.encodedBytes) }
        ) { bytes in
            let signed = try DeviceCertificate.Signed(encodedBytes: bytes)
            again(signed) { try DeviceCertificate.Signed(encodedBytes: signed.encodedBytes) }
        },
        Decoder(
            "epoch", byteCountMax: 128,
            seeds: { _ in
                [
                    EpochStart(
                        programme: ProgrammeID(hubKey: Keys.hub.publicKey), epoch: 2,
                        branch: Position(epoch: 1, number: 300)
                    ).sign(with: Keys.hub).startBytes
                ]
            }
        ) { bytes in
            let hub = Keys.hub
            let signed = EpochStart.Signed(startBytes: bytes, signature: Keys.noSignature)
            let start = try signed.verify(hubKey: hub.publicKey)
            again(start) { try start.sign(with: hub).verify(hubKey: hub.publicKey) }
            again(signed) { try EpochStart.Signed(encodedBytes: signed.encodedBytes) }
        },
    ]

    private static func admissions(_ vectors: Vectors) throws -> [SignedAdmission] {
        try vectors.bytes("admissions").compactMap { try? SignedAdmission(encodedBytes: $0) }
    }

    static func certificates(_ vectors: Vectors) throws -> [DeviceCertificate.Signed] {
        try vectors.bytes("batches").compactMap {
            try? DeviceCertificate.Signed(encodedBytes: $0)
        }
    }
}
