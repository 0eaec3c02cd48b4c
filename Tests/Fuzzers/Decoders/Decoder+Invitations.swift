import Cryptography
import Model
import Wire

extension Decoder {
    static let invitations: [Decoder] = [
        Decoder(
            "token", byteCountMax: 2048,
            seeds: { try $0.texts("invitations", key: "text").map { Array($0.utf8) } }
        ) { bytes in
            let (invitation, _) = try InvitationToken.read(String(decoding: bytes, as: UTF8.self))
            again(invitation) { try InvitationToken.readWithoutSecret(invitation.token) }
        },
        // Behind Base64, which a fuzzer changes to other Base64 only by luck.
        Decoder("claims", byteCountMax: 1024, seeds: { try payloads($0) }) { bytes in
            let token = "v4.public." + Base64URL.encode(bytes + Keys.noSignature.bytes)
            let invitation = try InvitationToken.readWithoutSecret(token)
            _ = invitation.validity(at: 1_790_000_000_000)
            again(invitation) { try InvitationToken.readWithoutSecret(invitation.token) }
        },
        Decoder(
            "paseto", byteCountMax: 1024,
            seeds: { try $0.texts("tokens", key: "token").map { Array($0.utf8) } }
        ) { bytes in
            let token = String(decoding: bytes, as: UTF8.self)
            let (payload, footer) = try PasetoV4Public.decodeUnverified(token)
            let verified = try PasetoV4Public.verify(
                token, footer: footer, key: Keys.hub.publicKey)
            precondition(verified == payload)
        },
    ]

    private static func payloads(_ vectors: Vectors) throws -> [[UInt8]] {
        try vectors.texts("invitations", key: "text").compactMap { text in
            let token = text.split(separator: "~").first.map(String.init) ?? ""
            return (try? PasetoV4Public.decodeUnverified(token))?.payload
        }
    }
}
