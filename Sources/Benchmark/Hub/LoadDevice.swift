import Cryptography
import Model
import TestSupport
import Wire

/// A device as the hub sees one: real keys, chains and cursors, every answer checked, and no tables
/// behind it, so that the hub and not the laptops is measured.
actor LoadDevice {
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// What one sync brought.
    struct Outcome: Sendable {
        var receipts: [SyncAnswer.Receipt] = []
        var entries: [SyncAnswer.Entry] = []
        var bytesSent = 0
        var bytesReceived = 0
        var isWhole = false
    }

    private static let roundsMax = 100_000

    private let raw: RawDevice
    private var connection: HTTPSConnection
    private var position = Position.start
    private var digest = RawDevice.digestOfNothing
    private var cursors: [Scope: Position] = [:]
    private(set) var hubTime = HubTime(milliseconds: 0)
    /// Sent and not yet acknowledged.
    private var unsent: [SealedBatch] = []
    private(set) var acknowledged: Set<Digest> = []

    nonisolated let member: MemberID

    /// Redeems an invitation over a connection.
    init(redeeming invitation: String, over connection: HTTPSConnection) async throws {
        let key = SigningKey()
        let (token, bearer) = try InvitationToken.read(invitation)
        let request = RedeemRequest.make(
            token: token.token, bearer: bearer, device: key, deviceName: "laptop")
        let answer = try await connection.post(
            "/v1/redeem", request.sealed(by: key).encodedBytes)
        guard answer.status == 200 else {
            throw Refused(description: String(decoding: answer.body, as: UTF8.self))
        }
        let envelope = try Envelope(encodedBytes: answer.body)
        let redeemed = try RedeemAnswer.open(
            envelope, hubKey: token.hubKey, device: key.publicKey)
        let certificate = try redeemed.certificate.verify(hubKey: token.hubKey)
        member = certificate.member
        raw = RawDevice(
            key: key, programme: ProgrammeID(hubKey: token.hubKey), hubKey: token.hubKey,
            certificate: redeemed.certificate, member: certificate.member)
        self.connection = connection
    }

    func reconnect(_ connection: HTTPSConnection) { self.connection = connection }

    func disconnect() async { await connection.close() }

    // MARK: Listening

    /// Its signature over the hub's challenge, as a header.
    func authorization(answering challenge: ListeningChallenge) -> String {
        ListeningProof(challenge, programme: raw.programme, key: raw.key).headerText
    }

    /// Where it is, as the id of an event.
    var eventID: String { position.eventID }

    // MARK: What it writes

    /// An invitation that it signs.
    func invitation(_ role: Role) throws -> String {
        try raw.invitation(.join(role), at: hubTime).text
    }

    /// A token for another device of its member.
    func deviceToken() throws -> String {
        try raw.invitation(.link(member), at: hubTime).text
    }

    /// Seals a batch of so many new tasks, each a change set of its own.
    func addTasks(_ tasks: [SampleTask], for participant: MemberID) {
        let scope = Scope.participant(participant)
        seal(
            tasks.map { task in
                [(scope, raw.create(Schema.task, raw.newID(), task.values))]
            })
    }

    /// Seals a slot with so many seats that needs no approval.
    func addSlot(capacity: Int64, hoursAhead: Int64) -> RecordID {
        let id = raw.newID()
        let quantum: Int64 = 300_000
        let start = hubTime.milliseconds / quantum * quantum + hoursAhead * 3_600_000
        let changes = raw.create(
            Schema.slot, id,
            [
                Fields.Slot.start: .integer(start), Fields.Slot.minutes: .integer(30),
                Fields.Slot.capacity: .integer(capacity), Fields.Slot.instant: .boolean(true),
            ])
        seal([[(.slots(of: member), changes)]])
        return id
    }

    /// Seals a request for a slot.
    func request(_ slot: RecordID, of mentor: MemberID) {
        let changes = raw.create(
            Schema.booking, raw.newID(), [Fields.Booking.slot: .reference(slot)])
        seal([[(.pair(mentor: mentor, participant: member), changes)]])
    }

    private func seal(_ sets: [[(scope: Scope, changes: [Change])]]) {
        unsent.append(raw.batch(sets, context: position, claimed: hubTime.milliseconds))
    }

    // MARK: Syncing

    /// One round trip: sends what is unsent and takes in a page.
    func exchange() async throws -> Outcome {
        var request = raw.request(unsent, position: position)
        request.digest = digest
        request.catchingUp = cursors.map { ScopeCursor(scope: $0.key, position: $0.value) }
            .sorted { $0.scope < $1.scope }
        let bytes = request.sealed(by: raw.key).encodedBytes
        let posted = try await connection.post("/v1/sync", bytes)
        guard posted.status == 200 else {
            throw Refused(description: String(decoding: posted.body, as: UTF8.self))
        }
        let answer = try raw.open(posted.body, request)
        guard answer.challenge.isEmpty, answer.heads.isEmpty, answer.lacking == nil else {
            throw Refused(description: "The hub does not take the device for one that is level.")
        }
        try take(answer)
        return Outcome(
            receipts: answer.receipts, entries: answer.entries, bytesSent: bytes.count,
            bytesReceived: posted.body.count, isWhole: !answer.more && unsent.isEmpty)
    }

    /// Syncs until nothing is left to send or to fetch, and hands over each page.
    func level(_ page: (Outcome) throws -> Void = { _ in }) async throws {
        for _ in 0..<Self.roundsMax {
            let outcome = try await exchange()
            try page(outcome)
            if outcome.isWhole { return }
        }
        throw Refused(description: "The device does not become level.")
    }

    /// Syncs until everything is sent, whatever there is to fetch.
    func deliver() async throws {
        for _ in 0..<Self.roundsMax where !unsent.isEmpty { _ = try await exchange() }
    }

    private func take(_ answer: SyncAnswer) throws {
        for receipt in answer.receipts {
            guard receipt.outcome == .admitted || receipt.outcome == .known else {
                throw Refused(description: "The hub refuses a batch: \(receipt.code)")
            }
            acknowledged.insert(receipt.batch)
        }
        unsent.removeAll { acknowledged.contains($0.id) }
        for grant in answer.grants { cursors[grant.scope] = grant.isGranted ? .start : nil }
        for cursor in answer.caughtUp {
            cursors[cursor.scope] = cursor.position >= answer.position ? nil : cursor.position
        }
        position = answer.position
        if let digest = answer.digest { self.digest = digest }
        hubTime = max(hubTime, answer.hubTime)
    }
}
