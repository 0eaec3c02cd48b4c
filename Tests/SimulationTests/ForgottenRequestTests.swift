import Cryptography
import Model
import Testing
import Wire

@testable import Replica
@testable import SyncServer

/// A hub that was set back does not know which requests it has answered since the place that it has
/// kept; whoever overheard one must not have it answered once more.
@Suite(.timeLimit(.minutes(10))) struct ForgottenRequestTests {
    @Test(arguments: [true, false])
    func requestOfBeforeIsNotAnsweredOnceMore(isCopy: Bool) async throws {
        let programme = try Programme()
        let mia = try programme.join("Mia", as: .mentor)
        let pia = try programme.join("Pia", as: .participant)
        for laptop in [mia, pia] { try await programme.sync(laptop) }
        try programme.assign(mia, pia)
        try await programme.syncAll(rounds: 2)

        let backup = try isCopy ? programme.copyFolder() : programme.backup()
        let request = try pia.replica.syncRequest(now: programme.now(pia))
        _ = try programme.hub.sync(request.bytes, now: programme.hubTime)
        try isCopy ? programme.putBack(backup) : programme.restore(backup)
        // What somebody writes now is what the answer would give away.
        try mia.replica.act("task add", at: programme.now(mia)) { [pia] action in
            _ = try action.create(
                Schema.task, in: .participant(pia.member),
                values: [Fields.Task.title: .text("Read"), Fields.Task.status: .integer(1)])
        }
        try await programme.sync(mia)
        for _ in 0..<2 {
            let answer = try SyncAnswer.open(
                Envelope(encodedBytes: programme.hub.sync(request.bytes, now: programme.hubTime)),
                hubKey: programme.hub.key.publicKey, nonce: request.nonce)
            #expect(!answer.challenge.isEmpty)
            #expect(answer.entries.isEmpty)
            #expect(answer.grants.isEmpty)
        }
        try await programme.syncAll()
        let problems = try programme.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    /// A request that was met with a challenge is no safer afterwards: the hub has not kept it.
    @Test func challengedRequestIsNotAnsweredLater() async throws {
        let (programme, mia, pia) = try await Programme.ofPair()
        try await programme.syncAll(rounds: 2)
        try programme.restore(programme.backup())
        let request = try pia.replica.syncRequest(now: programme.now(pia))
        func answer() throws -> SyncAnswer {
            try SyncAnswer.open(
                Envelope(encodedBytes: programme.hub.sync(request.bytes, now: programme.hubTime)),
                hubKey: programme.hub.key.publicKey, nonce: request.nonce)
        }
        #expect(try !answer().challenge.isEmpty)
        _ = try programme.addTask("Read", by: mia, for: pia)
        // Both answer their challenges, Pia at the place that the request names.
        try await programme.syncAll(rounds: 1)
        let late = try answer()
        #expect(!late.challenge.isEmpty)
        #expect(late.entries.isEmpty)
    }
}
