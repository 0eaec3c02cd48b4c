import Cryptography
import Foundation
import GRDB
import Model
import Replica
import TestSupport
import Testing
import Wire

@testable import SyncServer

/// To whom the hub gives pieces of snapshots, and when it makes another one.
@Suite struct SnapshotServingTests {
    private let harness: HubHarness
    private let mentor: RawDevice
    private let participant: RawDevice
    private let scope: Scope

    init() throws {
        harness = try HubHarness(
            pageBytesTarget: 1_500, snapshotLogBytesMin: 4_000, snapshotPieceBytes: 400)
        (mentor, participant) = try harness.pair()
        scope = .participant(participant.member)
        try write(20)
    }

    private func write(_ count: Int) throws {
        for _ in 0..<count {
            let changes = participant.create(
                Schema.task, participant.newID(),
                [
                    // Random digits, so that pieces do not shrink much.
                    Fields.Task.title: .text(RandomBytes.generate(count: 60).hexadecimal),
                    Fields.Task.status: .integer(TaskStatus.open.rawValue),
                ])
            try harness.push(participant, participant.batch(scope, changes))
        }
    }

    private func ask(
        _ device: RawDevice, _ change: (inout SyncRequest) -> Void
    ) throws -> SyncAnswer {
        func send(_ request: SyncRequest) throws -> SyncAnswer {
            try device.open(
                harness.hub.sync(request.sealed(by: device.key).encodedBytes, now: harness.time),
                request)
        }
        var request = device.request()
        change(&request)
        let answer = try send(request)
        guard !answer.challenge.isEmpty else { return answer }
        // These devices go back in the order, which looks like a replay.
        request.nonce = RandomBytes.generate(count: WireFormat.nonceByteCount)
        request.challenge = answer.challenge
        return try send(request)
    }

    private func begin(_ device: RawDevice) throws -> SyncAnswer {
        try ask(device) { $0.takesSnapshots = true }
    }

    private func goOn(
        _ device: RawDevice, _ head: SnapshotHead.Signed, having pieceCount: Int,
        after first: SyncAnswer
    ) throws -> SyncAnswer {
        try ask(device) { request in
            request.position = first.position
            request.catchingUp =
                first.grants.isEmpty
                ? [ScopeCursor(scope: scope, position: .start)]
                : first.grants.map { ScopeCursor(scope: $0.scope, position: .start) }
            request.snapshots = [
                SnapshotCursor(scope: scope, head: head.id, pieceCount: pieceCount)
            ]
        }
    }

    private func part(_ answer: SyncAnswer) -> SnapshotPart? {
        answer.snapshots.first { $0.scope == scope }
    }

    private func kept() throws -> [Position] {
        try harness.hub.database.read { store in
            try store.builtSnapshots(of: store.tables.scope(scope)).map(\.position)
        }
    }

    @Test func piecesComeOneAfterAnotherAndAddUp() throws {
        let begun = try begin(mentor)
        var answer = begun
        let first = try #require(part(answer))
        let signed = try #require(first.head)
        let head = try signed.verify(hubKey: harness.hub.key.publicKey)
        #expect(first.firstPiece == 0)
        #expect(head.pieceHashes.count > 3)
        #expect(answer.more)
        var pieces = first.pieces
        while pieces.count < head.pieceHashes.count {
            answer = try goOn(mentor, signed, having: pieces.count, after: begun)
            let next = try #require(part(answer))
            #expect(next.head == nil)
            #expect(next.firstPiece == pieces.count)
            pieces += next.pieces
        }
        #expect(pieces.map(\.hash) == head.pieceHashes)
        #expect(answer.caughtUp.contains { $0.scope == scope })
        // The same pieces for whoever asks next, without another snapshot.
        #expect(try kept().count == 1)
        #expect(try part(begin(mentor))?.head == signed)
        #expect(try kept().count == 1)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func deviceThatDoesNotTakeSnapshotsGetsEntries() throws {
        let answer = try ask(mentor) { _ in }
        #expect(answer.snapshots.isEmpty)
        #expect(!answer.entries.isEmpty)
        #expect(try kept().isEmpty)
    }

    @Test func smallScopeComesByItsEntries() throws {
        let answer = try begin(mentor)
        #expect(answer.snapshots.map(\.scope).contains(scope))
        #expect(!answer.snapshots.map(\.scope).contains(.contact(of: participant.member)))
    }

    /// Each piece is asked for and judged by itself.
    @Test func nobodyElseGetsAPiece() throws {
        let other = try harness.join(.mentor, name: "other")
        let answer = try begin(mentor)
        #expect(try part(begin(other)) == nil)
        let signed = try #require(part(answer)?.head)
        for first in [answer, SyncAnswer(nonce: [], hubTime: harness.time)] {
            #expect(try part(goOn(other, signed, having: 0, after: first)) == nil)
        }
        #expect(try part(goOn(mentor, signed, having: 1, after: answer)) != nil)
        let history = try ask(other) { request in
            request.history = [
                HistoryCursor(scope: scope, position: .start, through: answer.position)
            ]
        }
        #expect(history.history.isEmpty)
        #expect(history.historyReached.isEmpty)

        let mentorship = try #require(
            try harness.hub.database.read { store in
                try Data.fetchOne(store.database, sql: "SELECT id FROM mentorship")
                    .flatMap { RecordID(bytes: $0) }
            })
        let pair = Scope.pair(mentor: mentor.member, participant: participant.member)
        let end = Change(
            record: mentorship, entity: Schema.mentorship.id, field: Fields.Mentorship.ended,
            operation: .set(.boolean(true)))
        let ending = mentor.batch(pair, [end])
        #expect(try ask(mentor) { $0.batches = [ending] }.receipts.map(\.outcome) == [.admitted])
        let after = try goOn(mentor, signed, having: 1, after: answer)
        #expect(part(after) == nil)
        #expect(after.grants.contains { $0.scope == scope && !$0.isGranted })
    }

    @Test func scopeThatHasGrownGetsAnotherSnapshot() throws {
        let answer = try begin(mentor)
        let signed = try #require(part(answer)?.head)
        let first = try kept()
        try write(2)
        // A little more is no reason.
        #expect(try part(begin(mentor))?.head == signed)
        try write(40)
        let fresh = try #require(part(begin(mentor))?.head)
        #expect(fresh != signed)
        #expect(try kept().count == 2)
        // Who has begun with the old one goes on with it.
        let next = try #require(part(goOn(mentor, signed, having: 1, after: answer)))
        #expect(next.head == nil)
        #expect(next.firstPiece == 1)
        try write(80)
        _ = try begin(mentor)
        #expect(try kept().count == 2)
        #expect(try !kept().contains(first[0]))
        // Now it begins anew.
        let again = try #require(part(goOn(mentor, signed, having: 1, after: answer)))
        #expect(again.head != nil)
        #expect(again.firstPiece == 0)
        #expect(try harness.hub.verify().fault == nil)
    }

    @Test func keptSnapshotThatWasChangedIsFound() throws {
        _ = try begin(mentor)
        try harness.hub.database.write {
            try $0.database.execute(
                sql: "UPDATE builtSnapshotPiece SET bytes = x'0000' WHERE number = 1")
        }
        #expect(try harness.hub.verify().fault?.contains("snapshot") == true)
    }
}
