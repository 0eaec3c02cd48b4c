import Cryptography
import Model
@testable import Wire

extension Decoder {
    /// What devices and the hub say to each other; the signature counts as right.
    static let messages: [Decoder] = [
        Decoder("envelope", seeds: { try requests($0).map(\.encodedBytes) }) { bytes in
            let envelope = try Envelope(encodedBytes: bytes)
            again(envelope) { try Envelope(encodedBytes: envelope.encodedBytes) }
        },
        Decoder("request", seeds: { try requests($0).map(\.payload) }) { bytes in
            let key = Keys.device.publicKey
            let envelope = Envelope(
                payload: bytes, signer: DeviceID(key), signature: Keys.noSignature)
            _ = try? SyncRequest.openCertified(envelope, hubKey: Keys.hub.publicKey)
            let request = try SyncRequest.open(envelope, key: key)
            again(request) { try SyncRequest.open(request.sealed(by: Keys.device), key: key) }
        },
        Decoder("answer", seeds: { try answers($0).map(\.payload) }) { bytes in
            let envelope = Envelope(payload: bytes, signer: nil, signature: Keys.noSignature)
            let answer = try SyncAnswer.open(envelope, hubKey: Keys.hub.publicKey, nonce: nonce)
            again(answer) {
                try SyncAnswer.open(
                    answer.sealed(by: Keys.hub), hubKey: Keys.hub.publicKey, nonce: nonce)
            }
        },
        Decoder(
            "redeem", byteCountMax: 2048,
            seeds: { vectors in
                try vectors.bytes("invitations").compactMap { try? Envelope(encodedBytes: $0) }
                    .map(\.payload)
            }
        ) { bytes in
            let request = try RedeemRequest.open(
                Envelope(payload: bytes, signer: nil, signature: Keys.noSignature))
            _ = request.isProven(bearerKey: Keys.device.publicKey)
            _ = try? InvitationToken.readWithoutSecret(request.token)
        },
        Decoder(
            "redeemAnswer", byteCountMax: 1024, seeds: { try redeemAnswers($0).map(\.payload) }
        ) { bytes in
            let envelope = Envelope(payload: bytes, signer: nil, signature: Keys.noSignature)
            let answer = try RedeemAnswer.open(envelope, hubKey: Keys.hub.publicKey)
            again(answer) {
                try RedeemAnswer.open(answer.sealed(by: Keys.hub), hubKey: Keys.hub.publicKey)
            }
        },
        Decoder(
            "rekey", byteCountMax: 512,
            seeds: { _ in
                [
                    RekeyRequest.seal(
                        programme: ProgrammeID(hubKey: Keys.hub.publicKey), old: Keys.device,
                        new: Keys.hub, deviceName: "laptop"
                    ).payload
                ]
            }
        ) { bytes in
            let old = Keys.device.publicKey
            _ = try RekeyRequest.open(
                Envelope(payload: bytes, signer: DeviceID(old), signature: Keys.noSignature),
                oldKey: old)
        },
    ]

    private static let nonce = [UInt8](repeating: 7, count: 16)

    private static func requests(_ vectors: Vectors) throws -> [Envelope] {
        let key = Keys.device
        var request = SyncRequest(
            programme: ProgrammeID(hubKey: Keys.hub.publicKey), device: DeviceID(key.publicKey),
            nonce: nonce)
        let empty = request.sealed(by: key)
        request.position = Position(epoch: 1, number: 7)
        request.batches = try batches(vectors)
        request.catchingUp = [ScopeCursor(scope: .programme, position: request.position)]
        request.held = request.batches.map(\.id)
        request.challenge = nonce
        let full = request.sealed(by: key)
        request.batches = []
        request.returned = try entries(vectors)
        request.epochs = [epoch]
        request.certificate = try certificates(vectors).first
        let returning = request.sealed(by: key)
        request.returned = []
        request.takesSnapshots = true
        request.erased = request.position
        request.snapshots = [SnapshotCursor(scope: .programme, head: .zero, pieceCount: 3)]
        request.history = [
            HistoryCursor(scope: .programme, position: .start, through: request.position)
        ]
        return [empty, full, returning, request.sealed(by: key)]
    }

    private static func answers(_ vectors: Vectors) throws -> [Envelope] {
        var answer = SyncAnswer(nonce: nonce, hubTime: HubTime(milliseconds: 1_790_000_000_000))
        let empty = answer.sealed(by: Keys.hub)
        answer.position = Position(epoch: 2, number: 9)
        answer.digest = .zero
        answer.entries = try entries(vectors)
        answer.caughtUp = [ScopeCursor(scope: .programme, position: answer.position)]
        answer.held = answer.entries.map(\.admission)
        answer.epochs = [epoch]
        answer.lacking = answer.position
        answer.recovering = true
        let full = answer.sealed(by: Keys.hub)
        answer.history = answer.entries
        answer.historyReached = answer.caughtUp
        answer.snapshots = [
            SnapshotPart(
                scope: .programme, head: snapshotHead.sign(with: Keys.hub), firstPiece: 0,
                pieces: [SnapshotPiece.seal(snapshotContent)])
        ]
        answer.grants = [Grant(scope: .programme, isGranted: true, position: answer.position)]
        answer.receipts = answer.held.prefix(1).map {
            SyncAnswer.Receipt(batch: Digest.of($0.encodedBytes, domain: .section), outcome: .known)
        }
        answer.entries = []
        answer.erased = answer.position
        answer.restatements = try signedRestatements(vectors)
        return [empty, full, answer.sealed(by: Keys.hub)]
    }

    private static func redeemAnswers(_ vectors: Vectors) throws -> [Envelope] {
        try certificates(vectors).map { certificate in
            RedeemAnswer(
                hubKey: Keys.hub.publicKey, certificate: certificate, programmeName: "Riverside",
                hubTime: HubTime(milliseconds: 1_790_000_000_000), position: .start,
                email: "ada@example.org", role: .mentor
            ).sealed(by: Keys.hub)
        }
    }

    private static func batches(_ vectors: Vectors) throws -> [SealedBatch] {
        try vectors.bytes("batches").compactMap { try? SealedBatch(encodedBytes: $0) }
            .filter { (try? $0.header()) != nil }
    }

    private static func entries(_ vectors: Vectors) throws -> [SyncAnswer.Entry] {
        let admissions = try vectors.bytes("admissions").compactMap {
            try? SignedAdmission(encodedBytes: $0)
        }
        return try zip(batches(vectors), admissions).map { batch, admission in
            SyncAnswer.Entry(batch: batch, admission: admission, position: .start)
        }
    }

    private static var epoch: EpochStart.Signed {
        EpochStart(
            programme: ProgrammeID(hubKey: Keys.hub.publicKey), epoch: 2,
            branch: Position(epoch: 1, number: 300)
        ).sign(with: Keys.hub)
    }
}
