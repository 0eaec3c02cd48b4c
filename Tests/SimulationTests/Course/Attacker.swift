import Cryptography
import Foundation
import GRDB
import Model
import TestSupport
import Wire

@testable import Replica
@testable import SyncServer

/// A member of the programme with a valid key and a program of their own, who says and asks for
/// what no honest program would.
///
/// Nothing of what they may not do may have an effect: the text that they write where they may not
/// stands in nobody's tables, and nothing that the hub answers tells them what they may not read.
final class Attacker {
    /// Stands in every text that must never be admitted.
    static let mark = "Schmuggelware4711"

    private unowned let simulation: Simulation
    private let raw: RawDevice
    private var captured: [(request: [UInt8], nonce: [UInt8])] = []

    enum Attack: String, CaseIterable {
        case foreignScope, foreignRecord, ruledField, verdict, ownRole, unknownEntity
        case forgedSignature, skippedNumber, forkedSequence, futureContext, replay
        case stolenBatch, hugeSection, honestWork
    }

    init(_ simulation: Simulation) throws {
        self.simulation = simulation
        let hub = try simulation.openedHub()
        let issued = try hub.invite(
            .participant, email: "mallory@example.org", name: nil, validMilliseconds: 86_400_000,
            now: simulation.hubNow)
        let key = SigningKey()
        let (invitation, bearer) = try InvitationToken.read(issued.text)
        let request = RedeemRequest.make(
            token: invitation.token, bearer: bearer, device: key, deviceName: "laptop"
        ).sealed(by: key).encodedBytes
        let answer = try RedeemAnswer.open(
            Envelope(encodedBytes: hub.redeem(request, now: simulation.hubNow)),
            hubKey: hub.key.publicKey, device: key.publicKey)
        raw = RawDevice(
            key: key, programme: hub.identity.programme, hubKey: hub.key.publicKey,
            certificate: answer.certificate,
            member: try answer.certificate.verify(hubKey: hub.key.publicKey).member)
    }

    /// Keeps what a request was that went over an open network.
    func overhear(_ request: [UInt8], nonce: [UInt8]) {
        captured.append((request, nonce))
        if captured.count > 8 { captured.removeFirst() }
    }

    func attack(_ seed: inout Seed) throws {
        let attack = seed.pick(Attack.allCases)
        simulation.note("  attack: \(attack.rawValue)")
        simulation.tally.note("attack: \(attack.rawValue)")
        let victim = seed.pick(simulation.laptops)
        guard let envelope = try envelope(of: attack, on: victim, &seed) else { return }
        let answer: [UInt8]?? = try simulation.onHub { hub -> [UInt8]? in
            do {
                return try hub.sync(envelope, now: simulation.hubNow)
            } catch is HubError {
                return nil
            } catch is any HubErrorConvertible where !simulation.hubMachine.disk.isDead {
                return nil
            }
        }
        // What the hub did not take, the next batch does not follow.
        let last = try lastBatch()
        raw.goOn(after: last.sequence, last.id, numbers: last.numbers)
        guard let bytes = answer.flatMap({ $0 }) else { return }
        if attack == .replay { try checkChallenge(bytes, to: envelope) }
        try checkSilence(of: Data(bytes))
    }

    // MARK: What they send

    private func envelope(
        of attack: Attack, on victim: LaptopMachine, _ seed: inout Seed
    ) throws -> [UInt8]? {
        let contraband = Value.text(Self.mark)
        let task: [FieldID: Value] = [
            Fields.Task.title: contraband, Fields.Task.status: .integer(1),
        ]
        switch attack {
        case .honestWork:
            let scope = Scope.own(raw.member)
            return sent(
                raw.batch(
                    scope,
                    raw.create(
                        Schema.journalEntry, raw.newID(),
                        [
                            Fields.JournalEntry.body: .text("mine"),
                            Fields.JournalEntry.date: .text("2026-11-21"),
                        ])))
        case .foreignScope:
            let scopes: [Scope] = [
                .participant(victim.member), .own(victim.member), .contact(of: victim.member),
            ]
            return sent(
                raw.batch(seed.pick(scopes), raw.create(Schema.task, raw.newID(), task)))
        case .foreignRecord:
            let id = RecordID(device: victim.device, counter: UInt64(1 + seed.below(40)))
            return sent(
                raw.batch(.participant(raw.member), raw.create(Schema.task, id, task)))
        case .ruledField:
            return sent(
                raw.batch(
                    .programme,
                    [set(Fields.Profile.ratingSum, Schema.profile, raw.member, .integer(4711))]))
        case .ownRole:
            return sent(
                raw.batch(
                    .programme,
                    [set(Fields.Profile.role, Schema.profile, raw.member, .integer(3))]))
        case .unknownEntity:
            let change = Change(
                record: raw.newID(), entity: EntityID(999), field: FieldID(1),
                operation: .set(contraband))
            return sent(raw.batch(.programme, [change]))
        case .verdict: return try forgedVerdict(&seed)
        default: return try brokenForm(attack, task, &seed)
        }
    }

    private func forgedVerdict(_ seed: inout Seed) throws -> [UInt8]? {
        guard let mentor = simulation.mentors.first?.member else { return nil }
        return sent(
            raw.batch(
                .pair(mentor: mentor, participant: raw.member),
                raw.create(
                    Schema.bookingVerdict, raw.newID(),
                    [
                        Fields.BookingVerdict.booking: .reference(raw.newID()),
                        Fields.BookingVerdict.state: .integer(BookingState.confirmed.rawValue),
                    ])))
    }

    /// Requests and batches that are wrong before anybody reads what they say.
    private func brokenForm(
        _ attack: Attack, _ task: [FieldID: Value], _ seed: inout Seed
    ) throws -> [UInt8]? {
        let scope = Scope.participant(raw.member)
        let changes = raw.create(Schema.task, raw.newID(), task)
        switch attack {
        case .forgedSignature:
            let batch = raw.batch(scope, changes)
            guard let signature = Signature(bytes: seed.bytes(64)) else { return nil }
            return sent(
                SealedBatch(
                    headerBytes: batch.headerBytes, signature: signature,
                    sections: batch.sections))
        case .skippedNumber:
            let section = Section(
                scope: scope, firstNumber: 1_000 + UInt64(seed.below(9)),
                changeSets: [changeSet(changes)])
            return sent(raw.seal([SectionBytes.seal(section, salt: seed.bytes(16))]))
        case .forkedSequence:
            guard raw.hasSent else { return nil }
            raw.forget()
            return sent(raw.batch(scope, changes))
        case .futureContext:
            // Whoever claims a lost place of an earlier epoch cannot be disproved.
            let epoch = try simulation.openedHub().database.read { try $0.head().epoch }
            return sent(
                raw.batch(
                    [[(scope: scope, changes: changes)]],
                    context: Position(epoch: epoch, number: 1_000_000)))
        case .replay:
            return captured.isEmpty ? nil : seed.pick(captured).request
        case .stolenBatch:
            return try stolenBatch(&seed).map { sent($0) }
        default:
            var bytes = seed.bytes(64)
            bytes += Array(repeating: 0xFF, count: 64)
            return sent(raw.seal([SectionBytes(bytes)]))
        }
    }

    /// Somebody else's batch, sent as if it were one's own.
    private func stolenBatch(_ seed: inout Seed) throws -> SealedBatch? {
        try simulation.onHub { hub in
            try hub.database.read { store in
                let victim = seed.pick(simulation.laptops)
                return try store.tables.lastBatch(of: victim.device).map {
                    try store.entry(
                        device: victim.device, sequence: $0.sequence, sections: nil
                    ).batch
                } ?? nil
            }
        } ?? nil
    }

    private func sent(_ batch: SealedBatch) -> [UInt8] {
        raw.request([batch]).sealed(by: raw.key).encodedBytes
    }

    private func changeSet(_ changes: [Change]) -> ChangeSet {
        ChangeSet(
            ordinal: 0, action: 1, claimed: ClaimedTime(milliseconds: simulation.time),
            changes: changes)
    }

    private func set(
        _ field: FieldID, _ entity: Entity, _ member: MemberID, _ value: Value
    ) -> Change {
        Change(record: member.recordID, entity: entity.id, field: field, operation: .set(value))
    }

    private func lastBatch() throws -> (sequence: UInt64, id: Digest, numbers: [Scope: UInt64]) {
        let hub = try simulation.openedHub()
        return try hub.database.read { store in
            var numbers: [Scope: UInt64] = [:]
            for row in try store.tables.allScopes() {
                numbers[row.scope] = try store.tables.progress(of: raw.device, in: row).lastNumber
            }
            let last = try store.tables.lastBatch(of: raw.device)
            return (last?.sequence ?? 0, last?.id ?? .zero, numbers)
        }
    }

    // MARK: What they learn

    /// Whoever sends somebody's request once more gets nothing but a challenge.
    private func checkChallenge(_ bytes: [UInt8], to request: [UInt8]) throws {
        guard let nonce = captured.first(where: { $0.request == request })?.nonce else { return }
        let answer = try SyncAnswer.open(
            Envelope(encodedBytes: bytes), hubKey: raw.hubKey, nonce: nonce)
        // Where the hub lacks the place it says so, and not a word more.
        guard answer.lacking == nil else { return }
        let isSilent =
            answer.entries.isEmpty && answer.grants.isEmpty && answer.receipts.isEmpty
            && answer.heads.isEmpty && answer.held.isEmpty
        guard !answer.challenge.isEmpty, isSilent else {
            throw Violation("replay", "the hub answers a request twice")
        }
    }

    /// The hub's answer names no scope that the attacker may not read.
    private func checkSilence(of bytes: Data) throws {
        let hub = try simulation.openedHub()
        let readable = try hub.readableScopes(of: raw.member)
        let needles = simulation.canaries.forbidden(
            for: [raw.device], where: readable.contains)
        let salts = try simulation.salts(hub, besides: [raw.device]) { !readable.contains($0) }
        let all = (needles + salts).sorted { $0.lexicographicallyPrecedes($1) }
        guard Canaries.find(all, in: bytes) == nil else {
            throw Violation("canary", "the hub told the attacker")
        }
    }

    /// What is true at the end of everything.
    func checkNothingCameOfIt(_ hub: Hub, _ standing: Standing) throws {
        for (row, values) in standing.rows where values.contains(Self.mark) {
            throw Violation("attack", "contraband in \(row)")
        }
        let row = try hub.members().first { $0.id == raw.member }
        guard row?.role ?? .participant == .participant else {
            throw Violation("attack", "the attacker has another role")
        }
        let profile = try hub.database.read { store in
            try Row.fetchOne(
                store.database, sql: "SELECT ratingSum FROM profile WHERE id = ?",
                arguments: [Data(raw.member.bytes)])
        }
        guard profile?[0] as Int64? != 4711 else {
            throw Violation("attack", "the attacker rates themselves")
        }
    }
}
