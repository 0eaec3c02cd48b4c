import Cryptography
import Model
import Testing

@testable import Replica
@testable import SyncServer

/// Pushes whose answers are mostly decisions on one's own batches, which are short.
@Suite(.timeLimit(.minutes(10))) struct ManyBatchesTests {
    @Test func answerFullOfOwnDecisionsIsAccepted() async throws {
        let programme = try Programme()
        let pia = try programme.join("Pia", as: .participant)
        try await programme.sync(pia)
        try pia.replica.act("journal import", at: programme.now(pia)) { action in
            for index in 0..<800 {
                let body = "\(index) " + String(repeating: "the same words again ", count: 300)
                _ = try action.create(
                    Schema.journalEntry, in: .own(pia.member),
                    values: [
                        Fields.JournalEntry.body: .text(body),
                        Fields.JournalEntry.date: .text("1666-09-02"),
                    ])
                try action.endSet()
            }
        }
        let report = try await programme.sync(pia)
        #expect(report.pushedBatches > 60)
        #expect(try programme.account(of: pia).waiting == 0)
    }

    /// The first push into a scope opens it; what was just sent does not come back.
    @Test func whatWasSentDoesNotComeBack() async throws {
        let programme = try Programme()
        let pia = try programme.join("Pia", as: .participant)
        try await programme.sync(pia)
        try pia.replica.act("journal import", at: programme.now(pia)) { action in
            for _ in 0..<60 {
                let body = RandomBytes.generate(count: 2000).hexadecimal
                _ = try action.create(
                    Schema.journalEntry, in: .own(pia.member),
                    values: [
                        Fields.JournalEntry.body: .text(body),
                        Fields.JournalEntry.date: .text("1666-09-02"),
                    ])
                try action.endSet()
            }
        }
        let report = try await programme.sync(pia)
        #expect(report.bytesSent > 100_000)
        #expect(report.bytesReceived < 5_000)
        #expect(try pia.replica.examine().faults.isEmpty)
    }
}
