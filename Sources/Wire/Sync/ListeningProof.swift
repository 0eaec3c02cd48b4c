package import Cryptography
package import Model

/// By what a device shows that it may listen for news: its signature over a challenge that the hub
/// gave out a moment ago. `protocol/events.md` describes both.
///
/// In `GET /v1/events` there is no body to sign, and a device's clock proves nothing. So what makes
/// the signature fresh is the hub's own challenge, which counts once.
package struct ListeningProof: Hashable, Sendable {
    /// The scheme of the two headers.
    package static let scheme = "Waymark"

    package let device: DeviceID
    package let challenge: ListeningChallenge
    private let signature: Signature

    /// Signs the challenge with the device's key.
    package init(_ challenge: ListeningChallenge, programme: ProgrammeID, key: SigningKey) {
        device = DeviceID(key.publicKey)
        self.challenge = challenge
        signature = key.sign(
            Self.message(challenge, programme: programme, device: device), domain: .listening)
    }

    /// Whether this key signed it, for a device of this programme.
    package func isValid(key: PublicKey, programme: ProgrammeID) -> Bool {
        DeviceID(key) == device
            && key.isValid(
                signature, for: Self.message(challenge, programme: programme, device: device),
                domain: .listening)
    }

    private static func message(
        _ challenge: ListeningChallenge, programme: ProgrammeID, device: DeviceID
    ) -> [UInt8] {
        programme.bytes + device.bytes + challenge.bytes
    }

    /// The value of the header `Authorization`.
    package var headerText: String {
        "\(Self.scheme) " + Base64URL.encode(device.bytes + challenge.bytes + signature.bytes)
    }

    /// Reads the value of the header; nil for anything else.
    package init?(headerText: String) {
        let scheme = Self.scheme + " "
        guard headerText.utf8.count <= 512, headerText.hasPrefix(scheme),
            let bytes = Base64URL.decode(String(headerText.dropFirst(scheme.count))),
            bytes.count == 8 + ListeningChallenge.byteCount + Signature.byteCount,
            let device = DeviceID(bytes: bytes.prefix(8)),
            let challenge = ListeningChallenge(
                bytes: Array(bytes.dropFirst(8).prefix(ListeningChallenge.byteCount))),
            let signature = Signature(bytes: bytes.suffix(Signature.byteCount))
        else { return nil }
        self.device = device
        self.challenge = challenge
        self.signature = signature
    }
}

/// What the hub gives out for a device to sign: a number that rises, the time of the hub, and a mark
/// by which the hub knows it again without having kept it.
package struct ListeningChallenge: Hashable, Sendable {
    package static let byteCount = 48

    package let number: UInt64
    /// Of the hub's steady clock, in milliseconds.
    package let issuedAt: UInt64
    private let mark: Digest

    /// Makes a challenge that only who knows the secret can make.
    package init(number: UInt64, issuedAt: UInt64, secret: [UInt8]) {
        self.number = number
        self.issuedAt = issuedAt
        mark = Self.mark(number, issuedAt, secret)
    }

    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, let mark = Digest(bytes: bytes.suffix(32)) else {
            return nil
        }
        number = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        issuedAt = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        self.mark = mark
    }

    package var bytes: [UInt8] { number.bigEndianBytes + issuedAt.bigEndianBytes + mark.bytes }

    /// Whether it was made with this secret. Who guessed one would still need a device's signature.
    package func isMade(with secret: [UInt8]) -> Bool {
        mark == Self.mark(number, issuedAt, secret)
    }

    private static func mark(_ number: UInt64, _ issuedAt: UInt64, _ secret: [UInt8]) -> Digest {
        Digest.of(
            secret + number.bigEndianBytes + issuedAt.bigEndianBytes, domain: .listeningChallenge)
    }

    /// The value of the header `WWW-Authenticate`.
    package var headerText: String {
        #"\#(ListeningProof.scheme) challenge="\#(Base64URL.encode(bytes))""#
    }

    /// Reads the value of the header; nil for anything else.
    package init?(headerText: String) {
        let start = #"\#(ListeningProof.scheme) challenge=""#
        guard headerText.utf8.count <= 512, headerText.hasPrefix(start), headerText.hasSuffix("\""),
            let bytes = Base64URL.decode(String(headerText.dropFirst(start.count).dropLast()))
        else { return nil }
        self.init(bytes: bytes)
    }
}
