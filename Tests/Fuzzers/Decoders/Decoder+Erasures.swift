import Cryptography
import Model
@testable import Wire

extension Decoder {
    /// What the hub says of erased texts, and what devices make of it.
    static let erasures: [Decoder] = [
        Decoder(
            "restatement", byteCountMax: 512, seeds: { try signedRestatements($0).map(\.bytes) }
        ) { bytes in
            let hub = Keys.hub
            let programme = ProgrammeID(hubKey: hub.publicKey)
            let signed = Restatement.Signed(
                bytes: bytes, signature: Keys.noSignature, hubKey: hub.publicKey)
            let restatement = try signed.verify(programme: programme)
            again(restatement) { try restatement.sign(with: hub).verify(programme: programme) }
        },
        Decoder(
            "signedRestatement", byteCountMax: 1024,
            seeds: { try signedRestatements($0).map(\.encodedBytes) }
        ) { bytes in
            let signed = try Restatement.Signed(encodedBytes: bytes)
            again(signed) { try Restatement.Signed(encodedBytes: signed.encodedBytes) }
            _ = try signed.unverified()
        },
        // Any section, restated at any places. One byte says how many of the next ones are places,
        // each as the distance from the one before.
        Decoder(
            "restating", byteCountMax: 1024,
            seeds: { try $0.bytes("restatements", key: "section").map { [2, 1, 1] + $0 } }
        ) { bytes in
            let count = Int(bytes.first ?? 0)
            var places: [Int] = []
            for distance in bytes.dropFirst().prefix(count) {
                places.append((places.last ?? -1) + Int(distance) + 1)
            }
            let sealed = SectionBytes(Array(bytes.dropFirst(1 + count)))
            let section = try sealed.open()
            let restated = try sealed.restatedBytes(erasing: places)
            let reopened = try? SectionBytes(restated).open()
            precondition(reopened == section.restated(erasing: places), "It says the same.")
        },
    ]

    static func signedRestatements(_ vectors: Vectors) throws -> [Restatement.Signed] {
        try vectors.bytes("restatements").map { try Restatement.Signed(encodedBytes: $0) }
    }
}
